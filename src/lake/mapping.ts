import type { Column, Lake } from './schema.ts';

/** Elasticsearch field type of an Iceberg column; decimals become doubles, because a small node lacks the module with scaled_float. */
function fieldType(column: Column): Record<string, unknown> {
  if (column.type.startsWith('decimal') || column.type === 'double') return { type: 'double' };
  if (column.type === 'date') return { type: 'date', format: 'strict_date' };
  if (column.type === 'timestamptz') return { type: 'date', format: 'strict_date_optional_time' };
  if (column.type === 'long' || column.type === 'int') return { type: 'long' };
  if (column.type === 'boolean') return { type: 'boolean' };
  return { type: 'keyword' };
}

/** Template of an index of the lake: strict, so that an unknown field is an error. */
export function renderIndexTemplate(lake: Lake, name: string, replicas: number) {
  const index = lake.indexes.find((candidate) => candidate.name === name);
  const table = lake.tables.find((candidate) => candidate.name === index?.table);
  if (index === undefined || table === undefined) throw new Error(`the lake has no index ${name}`);
  return {
    index_patterns: [index.name, `${index.name}-*`],
    template: {
      settings: { number_of_shards: 1, number_of_replicas: replicas, refresh_interval: '1s' },
      mappings: {
        dynamic: 'strict' as const,
        properties: Object.fromEntries(table.columns.map((column) => [column.name, fieldType(column)])),
      },
      aliases: { [index.alias]: {} },
    },
  };
}

/** What the JVM side makes an index from, and compares mappings with. */
export function renderIndexDefinition(lake: Lake, name: string) {
  const { settings, mappings } = renderIndexTemplate(lake, name, 0).template;
  return { settings, mappings };
}
