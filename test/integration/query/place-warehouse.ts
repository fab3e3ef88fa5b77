import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackMoved } from '../../support/moved-files.ts';

/** The folder in which the archives were written; see warehouse/generate.sh. */
const written = `/tmp/cryptodm-warehouse-${'x'.repeat(96)}`;

export interface Warehouse {
  catalogFile: string;
  warehouse: string;
  remove(): void;
}

/** Unpacks a warehouse that Iceberg wrote into a folder of its own. */
export function placeWarehouse(content: 'empty' | 'trading'): Warehouse {
  const file = join(import.meta.dirname, 'warehouse', `${content}.tgz`);
  const { root, parent } = unpackMoved({ file, written });
  return {
    catalogFile: join(root, 'catalog.db'),
    warehouse: join(root, 'warehouse'),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}
