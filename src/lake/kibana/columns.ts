/** A column of a layer of Lens: what is asked of Elasticsearch, or calculated from other columns. */
export interface LensColumn {
  label: string;
  customLabel: true;
  dataType: 'string' | 'number' | 'date';
  operationType: string;
  isBucketed: boolean;
  scale: 'ordinal' | 'interval' | 'ratio';
  sourceField?: string;
  params?: Record<string, unknown>;
  references?: string[];
  filter?: { query: string; language: 'kuery' };
  timeShift?: string;
}

export type LensColumns = Record<string, LensColumn>;

const metric = { customLabel: true, dataType: 'number', isBucketed: false, scale: 'ratio' } as const;

/** Buckets of time, as fine as the width of the panel allows. */
export function byTime(label: string, field: string): LensColumn {
  return {
    ...{ label, customLabel: true, dataType: 'date', operationType: 'date_histogram', isBucketed: true },
    ...{ scale: 'interval', sourceField: field },
    params: { interval: 'auto', includeEmptyRows: false, dropPartials: false },
  };
}

/** A bucket for each value of a field, the most frequent first. */
export function byValue(label: string, field: string, most: number, count: string): LensColumn {
  return {
    ...{ label, customLabel: true, dataType: 'string', operationType: 'terms', isBucketed: true },
    ...{ scale: 'ordinal', sourceField: field },
    params: {
      ...{ size: most, parentFormat: { id: 'terms' } },
      ...{ orderBy: { type: 'column', columnId: count }, orderDirection: 'desc' },
      ...{ otherBucket: false, missingBucket: false },
      ...{ include: [], exclude: [], includeIsRegex: false, excludeIsRegex: false },
    },
  };
}

/** As Lens calls documents. */
export const documents = '___records___';

export function countOf(label: string): LensColumn {
  return { label, ...metric, operationType: 'count', sourceField: documents, params: { emptyAsNull: true } };
}

/** A bucket for each pair of base and quote currency. */
export function byPair(label: string, base: string, quote: string, most: number): LensColumn {
  return {
    ...{ label, customLabel: true, dataType: 'string', operationType: 'terms', isBucketed: true },
    ...{ scale: 'ordinal', sourceField: base },
    params: {
      ...{ size: most, secondaryFields: [quote], parentFormat: { id: 'multi_terms' } },
      ...{ orderBy: { type: 'alphabetical', fallback: false }, orderDirection: 'asc' },
      ...{ otherBucket: false, missingBucket: false },
      ...{ include: [], exclude: [], includeIsRegex: false, excludeIsRegex: false },
    },
  };
}

export function lastValue(label: string, field: string, time: string): LensColumn {
  return {
    ...{ label, ...metric, operationType: 'last_value', sourceField: field },
    filter: { query: `${field}: *`, language: 'kuery' },
    params: { sortField: time, showArrayValues: false },
  };
}

export function sumOf(label: string, field: string): LensColumn {
  return { label, ...metric, operationType: 'sum', sourceField: field, params: { emptyAsNull: true } };
}

/**
 * By how much the last value differs from that of some time before, as a part of it. Lens keeps a formula as a column that refers to others,
 * which hold its terms and its calculation.
 * @param id of the column; its parts are called `<id>X0` ...
 * @param shift such as `1h`
 */
export function changeSince(id: string, label: string, field: string, time: string, shift: string): LensColumns {
  const formula = `last_value(${field}) / last_value(${field}, shift='${shift}') - 1`;
  const divided = formula.slice(0, -' - 1'.length);
  const [now, then, calculation] = [`${id}X0`, `${id}X1`, `${id}X2`];
  const part = `Part of ${label}`;
  const tinymathAst = {
    ...{ type: 'function', name: 'subtract', location: { min: 0, max: formula.length }, text: formula },
    args: [
      {
        ...{ type: 'function', name: 'divide', location: { min: 0, max: divided.length }, text: divided },
        args: [now, then],
      },
      1,
    ],
  };
  const format = { id: 'percent', params: { decimals: 2 } };
  return {
    [id]: {
      ...{ label, ...metric, operationType: 'formula' },
      params: { formula, isFormulaBroken: false, format },
      references: [calculation],
    },
    [now]: lastValue(part, field, time),
    [then]: { ...lastValue(part, field, time), timeShift: shift },
    [calculation]: {
      ...{ label: part, ...metric, operationType: 'math', params: { tinymathAst } },
      references: [now, then],
    },
  };
}
