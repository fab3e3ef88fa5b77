import type { StepKind } from '../../engine/step.ts';
import { createIndex, indexFields, type IndexTemplate, type Search } from '../../tools/elastic.ts';

export interface IndexInputs {
  search: Search;
  name: string;
  template: IndexTemplate;
}

/** An index, its template and its alias. */
export const index: StepKind<IndexInputs> = {
  check: async (inputs) => {
    const standing = await indexFields(inputs.search, inputs.name);
    const declared = Object.keys(inputs.template.template.mappings.properties);
    return standing !== undefined && declared.every((field) => standing.includes(field))
      ? { detail: names(inputs) }
      : undefined;
  },

  run: async (inputs) => {
    await createIndex(inputs.search, inputs.name, inputs.template);
    return { detail: names(inputs) };
  },

  // It goes with the node's storage.
  undo: async () => Promise.resolve(),
};

function names({ name, template }: IndexInputs): string {
  return [name, ...Object.keys(template.template.aliases)].join(', ');
}
