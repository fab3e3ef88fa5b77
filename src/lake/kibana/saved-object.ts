/**
 * A saved object as Kibana exports and imports it, a line each:
 * https://www.elastic.co/docs/api/doc/kibana/v8/operation/operation-importsavedobjectsdefault.
 */
export interface SavedObject {
  type: SavedObjectType;
  id: string;
  attributes: Record<string, unknown>;
  references: Reference[];
  coreMigrationVersion: string;
  typeMigrationVersion: string;
  managed: boolean;
}

export type SavedObjectType = keyof typeof typeVersions;

/** `name` says in the object where the reference is meant. */
export interface Reference {
  type: SavedObjectType;
  id: string;
  name: string;
}

/** The formats of Kibana 8.9: what they say is brought up to date by each later one. */
const coreVersion = '8.8.0';
const typeVersions = { 'index-pattern': '8.0.0', search: '8.0.0', lens: '8.9.0', dashboard: '8.9.0' } as const;
export const panelVersion = '8.9.0';

/** An object whose id is derived from its name, so that an import meets the one of before. */
export function savedObject(
  lake: string,
  type: SavedObjectType,
  name: string,
  content: { attributes: Record<string, unknown>; references?: Reference[] },
): SavedObject {
  return {
    ...{ type, id: `${lake}-${slugOf(name)}`, attributes: content.attributes, references: content.references ?? [] },
    ...{ coreMigrationVersion: coreVersion, typeMigrationVersion: typeVersions[type], managed: false },
  };
}

/** `Crypto Cotação` is `crypto-cotacao`. */
export function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** One object a line, keys in their order, so that the same objects are the same text. */
export function renderObjects(objects: readonly SavedObject[]): string {
  return objects.map((object) => `${sortedJson(object)}\n`).join('');
}

export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
