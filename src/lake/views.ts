import { money, optional, required, sum } from './columns.ts';
import { databasesOf, type Databases } from './databases.ts';
import { isQuotedSql } from './quoted.ts';
import { historySql, newestNameSql, type Renamed } from './renames.ts';
import type { Column, Lake } from './schema.ts';

const [traders, trades] = ['crypto_trader_view', 'crypto_trader'];
const priceColumns = ['price_crypto', 'source', 'complete', 'trade_count', 'volume'];

/** What the view has besides the columns of a trade. */
const valueColumns: Column[] = [
  optional('price_crypto', money, 'price of its minute, null while there is none'),
  optional('price_source', 'string', 'where the price came from'),
  optional('icon_url', 'string', 'address of the icon of the coin'),
  optional(
    'total_price_transaction',
    sum,
    'quantity * price_crypto, rounded half up to 12 places; null while there is no price',
  ),
  required(
    'price_state',
    'string',
    'exact (its minute was traded), quoted (by a quote of its minute), provisional (the bar of its minute is not complete), pending (no price yet)',
  ),
];

/**
 * The product of two columns with 12 places, rounded half up to 12 places. No engine has 48 digits, and each one cuts them in its own way; the
 * whole and the fractional part of the quantity have at most 37 digits with the price, so nothing is cut, nothing overflows, and all agree.
 */
function productSql(quantity: string, price: string): string {
  const whole = `cast(floor(${quantity}) as decimal(12, 0))`;
  const fraction = `cast(${quantity} - floor(${quantity}) as decimal(12, 12))`;
  return `cast(${whole} * ${price} + cast(${fraction} * ${price} as decimal(25, 12)) as ${sum})`;
}

/**
 * Each trade with the price of its minute and the icon of its coin; left joins, so that no trade is lost. A coin that was renamed has the prices of
 * all its names. In the SQL that DuckDB, Athena, Trino and Spark share.
 * @param database of the tables, as the engine has it
 * @param columns of `t`, the trade
 */
function valuedTradesSql(database: string, renamed: Renamed, columns: readonly string[]): string {
  return `select ${columns.map((column) => `t.${column},`).join('\n       ')}
       q.price_crypto,
       q.source as price_source,
       a.url as icon_url,
       ${productSql('t.quantity', 'q.price_crypto')} as total_price_transaction,
       case when q.price_crypto is null then 'pending'
            when q.complete = false then 'provisional'
            when ${isQuotedSql('q.')} then 'quoted'
            else 'exact' end as price_state
from ${database}.${trades} t
left join ${historySql(renamed, `${database}.crypto_quote`, priceColumns)} q
  on q.asset_id = ${newestNameSql(renamed, 't.asset_id')}
 and q.asset_type = t.asset_type
 and q.start_window = date_trunc('minute', t.transaction_timestamp)
left join ${database}.crypto_assets a
  on a.asset_id = t.asset_id`;
}

/** The views of a lake. A query needs nothing else of it, and checking the whole declaration takes longer than many a query. */
export function lakeViews({ bronze }: Databases, renamed: Renamed): Lake['views'] {
  return [{ name: `${bronze}.${traders}`, select: valuedTradesSql(bronze, renamed, ['*']) }];
}

/** A view with the names and types of its columns, as catalogs keep it. */
export interface CatalogView {
  /** without the database */
  name: string;
  database: string;
  columns: readonly Column[];
  /** @param catalog that the names of its tables begin with; none when absent */
  select: (catalog?: string) => string;
}

/** The same views for the catalog of a lake on one machine. */
export function catalogViews({ tables, renamed }: Pick<Lake, 'tables' | 'renamed'>): CatalogView[] {
  const { bronze: database } = databasesOf('');
  const columns = tables.find(({ name }) => name === `${database}.${trades}`)?.columns ?? [];
  const names = columns.map(({ name }) => name);
  return [
    {
      name: traders,
      database,
      columns: [...columns, ...valueColumns],
      select: (catalog) => valuedTradesSql(catalog === undefined ? database : `${catalog}.${database}`, renamed, names),
    },
  ];
}
