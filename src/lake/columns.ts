import { keepDays } from './maintenance.ts';
import type { Column } from './schema.ts';

const day = 24 * 60 * 60 * 1000;

/** Wide enough for a whole market's value and fine enough for the cheapest coin; two of them multiply within 38 digits. */
export const money = 'decimal(24, 12)';

/** Volumes up to 10^18: a coin may cost a millionth of a cent. Sums of values: a trade's has up to 24 digits before the point, so that a hundred of the largest fit. */
export const sum = 'decimal(38, 12)';

export const tableProperties = {
  'format-version': '2',
  'write.parquet.compression-codec': 'zstd',
  // About 40,000 rows: looking for a key in a large file reads one group, not the file.
  'write.parquet.row-group-size-bytes': String(2 * 1024 * 1024),
  // Otherwise a commit each second would leave a metadata file each second.
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '20',
  // A reader opens every manifest: many small ones cost more than merging them.
  'commit.manifest.min-count-to-merge': '10',
  'history.expire.max-snapshot-age-ms': String(keepDays.snapshots * day),
  'gc.enabled': 'true',
};

export const required = (name: string, type: string, doc: string): Column => ({ name, type, required: true, doc });
export const optional = (name: string, type: string, doc: string): Column => ({ name, type, required: false, doc });
