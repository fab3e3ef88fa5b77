import type { SettingOrigin } from '../settings/origins.ts';
import type { UnknownVariable } from '../settings/typos.ts';
import { table } from '../tools/text-table.ts';

/** Settings as a person reads them, and the variables that set nothing. @param width of the terminal, if there is one */
export function renderOrigins(
  settings: readonly SettingOrigin[],
  unknown: readonly UnknownVariable[],
  width: number | undefined,
): string {
  const rows = settings.map(({ setting, value, from, where }) => [
    setting,
    value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
    where === undefined ? from : `${from}: ${where}`,
  ]);
  const notes = unknown.map(
    ({ variable, meant }) => `${variable} sets nothing${meant === undefined ? '' : `: did you mean ${meant}?`}`,
  );
  return [...table(['setting', 'value', 'from'], rows, width), ...(notes.length === 0 ? [] : ['', ...notes])].join(
    '\n',
  );
}
