import { createHash } from 'node:crypto';
import type { CatalogView } from '../../../lake/views.ts';
import { tableTexts } from '../../../lake/texts.ts';

/** Whose view it is. */
export interface ViewPlace {
  /** id of the lake: views of two lakes have different ids */
  lake: string;
  /** where the lake's tables are, such as `file:///home/ann/lake/warehouse` */
  warehouse: string;
}

/** Trino looks up no name without a catalog in a view. `open trino` gives the catalog this name. */
const trinoCatalog = 'lake';
const [schemaId, versionId] = [0, 1];

/**
 * What a catalog answers for a view: https://iceberg.apache.org/view-spec/. It is made from the declaration and in no file, so its one version is as
 * old as this process.
 */
export function viewAnswer(view: CatalogView, { lake, warehouse }: ViewPlace): Record<string, unknown> {
  const { name, database, columns } = view;
  const location = `${warehouse}/${database}/${name}`;
  const since = Math.floor(performance.timeOrigin);
  const sql = (dialect: string, text: string) => ({ type: 'sql', sql: text, dialect });
  return {
    'metadata-location': `${location}/metadata/view.json`,
    metadata: {
      'view-uuid': uuidOf(`${lake} ${database}.${name}`),
      'format-version': 1,
      location,
      schemas: [
        {
          type: 'struct',
          'schema-id': schemaId,
          fields: columns.map((column, at) => ({ id: at + 1, ...column })),
        },
      ],
      'current-version-id': versionId,
      versions: [
        {
          'version-id': versionId,
          'timestamp-ms': since,
          'schema-id': schemaId,
          summary: { 'engine-name': 'cryptodm' },
          'default-namespace': [database],
          representations: [sql('spark', view.select()), sql('trino', view.select(trinoCatalog))],
        },
      ],
      'version-log': [{ 'timestamp-ms': since, 'version-id': versionId }],
      properties: { comment: tableTexts[`${database}.${name}`] ?? '' },
    },
    config: {},
  };
}

/** A UUID of version 8, always the same one for a text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
