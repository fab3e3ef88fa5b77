import { table } from '../../tools/text-table.ts';
import type { RunningLake } from '../lake-listing.ts';

/** The lakes of this machine as a person reads them. @param width of the terminal, if there is one */
export function renderLakes(lakes: readonly RunningLake[], width: number | undefined): string {
  if (lakes.length === 0) return 'No lake runs on this machine. Start one with "cryptodm up".';
  const rows = lakes.map(({ data, supervisor, parts }) => {
    const state = parts.length === 0 && !supervisor ? 'down' : supervisor ? 'up' : 'no supervisor';
    const running = parts.map(({ id, ports }) => (ports.length === 0 ? id : `${id} :${ports.join(' :')}`));
    return [data, state, running.join(', ')];
  });
  return table(['lake', 'state', 'parts'], rows, width).join('\n');
}
