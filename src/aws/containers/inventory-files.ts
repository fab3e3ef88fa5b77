import type { Work } from '../../work.ts';
import { renderContainersInventory } from '../hosts/inventory.ts';
import type { AwsLake } from '../lake.ts';
import { replaceFile } from '../../tools/whole-file.ts';

/**
 * Writes what `deploy-processos-crypto` needs where the producers are containers: how this command line is called, and the settings of this
 * run, wherever they came from.
 */
export function writeInventory({ settings, layout, prefix, connection }: AwsLake, work: Work, produce: boolean): void {
  // Addresses of alarms may be secret, and only a lake on this machine has them.
  replaceFile(layout.settings, `${JSON.stringify({ ...settings, alerts: undefined }, null, 1)}\n`);
  replaceFile(
    layout.inventory,
    renderContainersInventory({
      ...{ prefix, produce },
      region: connection.region,
      command: [process.execPath, ...work.entry],
      settings: layout.settings,
    }),
  );
}
