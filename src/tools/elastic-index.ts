import { createIndex, describeIndex, type IndexTemplate, type Search } from './elastic.ts';
import { lakeAliasPrefix } from './search-identity.ts';

/** An index with its template and its aliases. */
export interface DeclaredIndex {
  name: string;
  template: IndexTemplate;
}

/** Whether the index exists with every declared field and alias. @returns its names, undefined when it must be made or extended */
export async function findIndex(search: Search, { name, template }: DeclaredIndex): Promise<string | undefined> {
  const existing = await describeIndex(search, name);
  const { mappings, aliases } = template.template;
  const complete =
    existing !== undefined &&
    Object.keys(mappings.properties).every((field) => existing.fields.includes(field)) &&
    Object.keys(aliases).every((alias) => existing.aliases.includes(alias));
  return complete ? namesOf({ name, template }) : undefined;
}

/** Creates the index, or adds the fields that it lacks. @returns its names */
export async function makeIndex(search: Search, { name, template }: DeclaredIndex): Promise<string> {
  await createIndex(search, name, template);
  return namesOf({ name, template });
}

function namesOf({ name, template }: DeclaredIndex): string {
  const aliases = Object.keys(template.template.aliases).filter((alias) => !alias.startsWith(lakeAliasPrefix));
  return [name, ...aliases].join(', ');
}
