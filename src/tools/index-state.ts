/** How far an index has been filled from the table; the index holds it itself (`docs/contracts.md`). */
export interface IndexFill {
  phase: 'filling' | 'closing';
  rows: number;
  /** rows of the table when it began; 0 before that */
  of: number;
}

/** An index as Elasticsearch describes it. */
export interface IndexState {
  /** its own, never an alias */
  name: string;
  aliases: string[];
  mappings: Mappings;
  isClosed: boolean;
  /** blocks of its settings, such as `write` */
  blocks: string[];
  /** undefined for one that holds all rows of the table */
  fill: IndexFill | undefined;
}

export interface Mappings {
  dynamic?: string | boolean | undefined;
  properties?: Record<string, Record<string, unknown>> | undefined;
}

/** The answer of `GET /INDEX`, by name. */
type Answer = Record<
  string,
  {
    aliases?: Record<string, unknown> | undefined;
    mappings?: (Mappings & { _meta?: { cryptodm?: { fill?: Partial<IndexFill> } } }) | undefined;
    settings?: {
      index?: { blocks?: Record<string, unknown>; verified_before_close?: unknown } | undefined;
    };
  }
>;

const blocking = ['read_only', 'write', 'read_only_allow_delete', 'read', 'metadata'];

/** Everything that an answer of `GET /INDEX` describes. */
export function parseIndexes(answer: unknown): IndexState[] {
  return Object.entries(answer as Answer).map(([name, { aliases = {}, mappings = {}, settings }]) => {
    const { blocks = {}, verified_before_close: closed } = settings?.index ?? {};
    const fill = mappings._meta?.cryptodm?.fill;
    return {
      name,
      aliases: Object.keys(aliases),
      mappings,
      isClosed: String(closed) === 'true',
      blocks: blocking.filter((block) => String(blocks[block]) === 'true'),
      fill: fill && { phase: fill.phase ?? 'filling', rows: fill.rows ?? 0, of: fill.of ?? 0 },
    };
  });
}

/** The index of this name, or the one that has it as an alias. */
export function liveIndex(indexes: readonly IndexState[], name: string): IndexState | undefined {
  return indexes.find((index) => index.name === name || index.aliases.includes(name));
}

/** Whether a name is that of an index that was made to take the place of another. */
export function isNumbered(name: string, index: string): boolean {
  return name.startsWith(`${index}-`) && /^\d+$/.test(name.slice(index.length + 1));
}

/** Fields that a mapping lacks. */
export function missingFields(declared: Mappings, found: Mappings): string[] {
  return Object.keys(declared.properties ?? {}).filter((field) => found.properties?.[field] === undefined);
}

/** Where fields of a mapping are of another type than declared, such as `price_crypto is keyword instead of double`: only a new index changes that. */
export function conflictingFields(declared: Mappings, found: Mappings): string[] {
  return Object.entries(declared.properties ?? {}).flatMap(([field, kind]) => {
    const its = found.properties?.[field];
    if (its === undefined || kindOf(its) === kindOf(kind)) return [];
    return [`${field} is ${kindOf(its)} instead of ${kindOf(kind)}`];
  });
}

function kindOf({ type = 'object', format = '' }: Record<string, unknown>): string {
  return `${String(type)} ${String(format)}`.trim();
}
