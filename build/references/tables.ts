import { declareLake } from '../../src/lake/declaration.ts';
import type { Column, Lake, Table } from '../../src/lake/schema.ts';
import { tableTexts } from '../../src/lake/texts.ts';
import { catalogViews } from '../../src/lake/views.ts';
import { toAnchor } from '../markdown/page-facts.ts';
import { block, code, page, table } from './markdown.ts';

const intro = `Prices and quantities are decimals, times are UTC. \`crypto_db\` is bronze: what came, as it came. \`crypto_silver\` and \`crypto_gold\` are calculated from it and follow some seconds behind
(\`triggers.layers\`, 5 s; a minute in an account). On this machine minutes and candles follow new bars within about a second. A bar that comes late or is revised changes the minutes, candles, trades, volumes and positions that depend on it, and no others.
What the layers say in each case: [decision 19](decisions/0019-rules-of-silver-and-gold.md). How to query: [query.md](query.md).`;

export function tablesPage(): string {
  const lake = declareLake(['BTC/USD']);
  const overview = [...lake.tables, ...lake.views].map(({ name }) => [
    `[${code(name)}](#${toAnchor(name)})`,
    textOf(name),
  ]);
  return page('Tables', 'src/lake', [
    intro,
    table(['table', 'what'], overview),
    ...lake.tables.flatMap(renderTable),
    ...lake.views.flatMap((view) => renderView(view, lake)),
    ...renderIndexes(lake),
  ]);
}

function renderTable({ name, columns, identifier, partition }: Table): string[] {
  const partitions = partition.map(({ transform, column }) => `${transform} of ${code(column)}`);
  const facts = [
    `Key: ${identifier.map(code).join(', ')}.`,
    partitions.length === 0 ? 'Not partitioned.' : `Partitioned by ${partitions.join(', ')}.`,
  ];
  return [`## ${name}`, `${textOf(name)} ${facts.join(' ')}`, renderColumns(columns)];
}

function renderColumns(columns: readonly Column[]): string {
  const rows = columns.map((column) => [code(column.name), column.type, column.required ? '' : 'yes', column.doc]);
  return table(['column', 'type', 'null', 'meaning'], rows);
}

function renderView({ name, select }: Lake['views'][number], lake: Lake): string[] {
  const view = catalogViews(lake).find((candidate) => `${candidate.database}.${candidate.name}` === name);
  return [
    `## ${name}`,
    `A view. ${textOf(name)}`,
    renderColumns(view?.columns ?? []),
    block(select.split('\n'), 'sql'),
  ];
}

function renderIndexes({ indexes }: Lake): string[] {
  const rows = indexes.map(({ name, alias, table: source }) => [
    code(name),
    code(alias),
    `the columns of ${code(source)}`,
  ]);
  return ['## Elasticsearch', table(['index', 'alias', 'fields'], rows)];
}

function textOf(name: string): string {
  const text = tableTexts[name];
  if (text === undefined) throw new Error(`src/lake/texts.ts says nothing of ${name}`);
  return text;
}
