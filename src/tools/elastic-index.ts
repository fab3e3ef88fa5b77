import { alignIndex, describeIndex, type IndexTemplate, type Search } from './elastic.ts';
import { conflictingFields, missingFields } from './index-state.ts';
import { lakeAliasPrefix } from './search-identity.ts';

/** An index with its template and its aliases. */
export interface DeclaredIndex {
  name: string;
  template: IndexTemplate;
}

/**
 * Whether the index exists with every declared field and alias, is open and takes writes.
 * @returns its names, and where only a rebuild helps; undefined when it must be made or brought to its declaration
 */
export async function findIndex(search: Search, { name, template }: DeclaredIndex): Promise<string | undefined> {
  const { index, hasTemplate } = await describeIndex(search, name);
  const { mappings, aliases } = template.template;
  const complete =
    index !== undefined &&
    hasTemplate &&
    !index.isClosed &&
    index.blocks.length === 0 &&
    index.mappings.dynamic === mappings.dynamic &&
    missingFields(mappings, index.mappings).length === 0 &&
    Object.keys(aliases).every((alias) => index.aliases.includes(alias));
  if (!complete) return undefined;
  const conflicts = conflictingFields(mappings, index.mappings);
  const names = namesOf({ name, template });
  return conflicts.length === 0 ? names : `${names}; ${conflicts.join(', ')}: run "cryptodm index rebuild"`;
}

/**
 * Makes the index, or brings it to its declaration.
 * @param isEmpty whether a new one lacks rows that the table holds
 * @returns its names, and whether it was made
 */
export async function makeIndex(
  search: Search,
  { name, template }: DeclaredIndex,
  isEmpty: boolean,
): Promise<{ names: string; created: boolean }> {
  const done = await alignIndex(search, name, template, isEmpty);
  return { names: namesOf({ name, template }), created: done === 'created' };
}

function namesOf({ name, template }: DeclaredIndex): string {
  const aliases = Object.keys(template.template.aliases).filter((alias) => !alias.startsWith(lakeAliasPrefix));
  return [name, ...aliases].join(', ');
}
