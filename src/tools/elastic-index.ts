import { createIndex, indexFields, type IndexTemplate, type Search } from './elastic.ts';

/** An index with its template and its aliases. */
export interface DeclaredIndex {
  name: string;
  template: IndexTemplate;
}

/** Whether the index exists with every declared field. @returns its names, undefined when it must be made or extended */
export async function findIndex(search: Search, { name, template }: DeclaredIndex): Promise<string | undefined> {
  const existing = await indexFields(search, name);
  const declared = Object.keys(template.template.mappings.properties);
  const complete = existing !== undefined && declared.every((field) => existing.includes(field));
  return complete ? namesOf({ name, template }) : undefined;
}

/** Creates the index, or adds the fields that it lacks. @returns its names */
export async function makeIndex(search: Search, { name, template }: DeclaredIndex): Promise<string> {
  await createIndex(search, name, template);
  return namesOf({ name, template });
}

function namesOf({ name, template }: DeclaredIndex): string {
  return [name, ...Object.keys(template.template.aliases)].join(', ');
}
