import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placeWarehouse } from './place-warehouse.ts';
import { runCommand, type Ran, type RunOptions } from '../../support/command-line.ts';

/** The tables of a lake that is not up, for commands. */
export interface PlacedLake {
  /** the environment of commands on it */
  env: NodeJS.ProcessEnv;
  run(args: string[], options?: RunOptions): Promise<Ran>;
  remove(): void;
}

/** Places a warehouse as the folder of a lake, with the catalog where a lake has it. */
export function placeLake(): PlacedLake {
  const { catalogFile, warehouse, remove } = placeWarehouse('trading');
  copyFileSync(catalogFile, join(warehouse, 'catalog.db'));
  const env = { ...process.env, CRYPTODM_PATHS_DATA: dirname(warehouse) };
  return { env, remove, run: (args, options = {}) => runCommand(args, { ...options, env }) };
}
