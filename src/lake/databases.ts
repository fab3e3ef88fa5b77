import type { Table } from './schema.ts';

export const layers = ['bronze', 'silver', 'gold'] as const;
export type Layer = (typeof layers)[number];

/** Names of a lake's databases, by layer. */
export type Databases = Readonly<Record<Layer, string>>;

/**
 * The database of a layer.
 * @param prefix first part of every database name of a lake that shares its catalog with another one
 */
export function databaseOf(layer: Layer, prefix: string): string {
  return `${prefix}${layer === 'bronze' ? 'crypto_db' : `crypto_${layer}`}`;
}

export function databasesOf(prefix: string): Databases {
  return {
    bronze: databaseOf('bronze', prefix),
    silver: databaseOf('silver', prefix),
    gold: databaseOf('gold', prefix),
  };
}

/** A table of a layer; `name` is without the database. */
export interface DeclaredTable extends Table {
  layer: Layer;
}

export function tableName({ layer, name }: Pick<DeclaredTable, 'layer' | 'name'>, databases: Databases): string {
  return `${databases[layer]}.${name}`;
}

/** The table in the databases of a lake. */
export function tableIn({ layer, ...table }: DeclaredTable, databases: Databases): Table {
  return { ...table, name: tableName({ layer, name: table.name }, databases) };
}
