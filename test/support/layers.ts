import { DuckDBInstance } from '@duckdb/node-api';
import type { TopicRecord } from './topic.ts';

type Rows = Record<string, unknown>[];

/** Expected rows of silver and gold, computed with SQL from the raw records of the topics and not from tables of the lake. */
export interface ExpectedLayers {
  minutes: Rows;
  trades: Rows;
  candles: Rows;
  volumes: Rows;
  positions: Rows;
}

/** The compared columns, with SQL that formats them as text. */
const text = (column: string) => `cast(${column} as varchar) as ${column}`;
const columnsOf = {
  minutes:
    'asset_id start_window state price_crypto open_price high_price low_price volume vwap trade_count source last_traded last_price last_priced complete',
  trades: 'transaction_id document_id asset_id quantity price_crypto value price_state',
  candles:
    'asset_id period start_window open_price high_price low_price close_price volume vwap turnover vwap_volume trade_count minutes_traded minutes_quoted minutes_carried minutes_missing closed prices_from',
  volumes:
    'asset_id period start_window trades traders unvalued_trades bought_quantity sold_quantity net_quantity bought_value sold_value net_value',
  positions: 'document_id asset_id holding cost realised last_price unrealised trades pending_trades',
};

export const tables = {
  minutes: { name: 'crypto_silver.quote_minute', order: 'asset_id, start_window' },
  trades: { name: 'crypto_silver.trade_valued', order: 'transaction_id' },
  candles: { name: 'crypto_gold.candle', order: 'asset_id, period, start_window' },
  volumes: { name: 'crypto_gold.trade_volume', order: 'asset_id, period, start_window' },
  positions: { name: 'crypto_gold.position', order: 'document_id, asset_id' },
} as const;

/** The SELECT of a layer's table in the compared form. */
export function selectLayer(layer: keyof typeof tables, from: string = tables[layer].name): string {
  return `select ${columnsOf[layer].split(' ').map(text).join(', ')} from ${from} order by ${tables[layer].order}`;
}

const money = (path: string) => `cast(bar->>'${path}' as decimal(24, 12))`;

/** Bars: the record with the highest offset of each minute, in a topic of one generation. */
const bars = `
create table bar as
select split_part(pair, '/', 1) as asset_id, cast(bar->>'t' as timestamptz) as minute,
       ${money('o')} as o, ${money('h')} as h, ${money('l')} as l, ${money('c')} as c, ${money('v')} as v,
       ${money('vw')} as vw, cast(bar->>'n' as bigint) as n, cast(bar->>'complete' as boolean) as complete, source
from (select unnest(json_keys(value, '$.bars')) as pair, value, "offset", source from quote)
cross join lateral (select json_extract(value, '$.bars."' || pair || '"') as bar)
qualify row_number() over (partition by pair, cast(bar->>'t' as timestamptz) order by "offset" desc) = 1`;

const known = `
create table known as
select distinct asset_id, unnest(generate_series(a, b - interval 1 minute, interval 1 minute)) as minute
from (select split_part(value->'coverage'->>'pair', '/', 1) as asset_id,
             cast(value->'coverage'->>'from' as timestamptz) as a, cast(value->'coverage'->>'to' as timestamptz) as b
      from quote where value->'coverage'->>'state' in ('observed', 'history'))`;

const refused = `
create table refused as
select distinct asset_id, unnest(generate_series(a, b - interval 1 minute, interval 1 minute)) as minute
from (select split_part(value->'coverage'->>'pair', '/', 1) as asset_id,
             cast(value->'coverage'->>'from' as timestamptz) as a, cast(value->'coverage'->>'to' as timestamptz) as b
      from quote where value->'coverage'->>'state' = 'refused')`;

/** Each minute from a coin's first bar to the newest known one. */
const minutes = `
create table expected_minutes as
with span as (
  select asset_id, min(minute) as a, greatest(max(minute), (select max(minute) from known k where k.asset_id = bar.asset_id)) as b
  from bar group by asset_id
), grid as (
  select asset_id, unnest(generate_series(a, b, interval 1 minute)) as minute from span
), filled as (
  select g.asset_id, g.minute, b.c is not null as bar, b.c is not null and coalesce(b.n, b.v) > 0 as traded, k.minute is not null and r.minute is null as known,
         b.o, b.h, b.l, b.c, b.v, b.vw, b.n, b.complete, b.source,
         last_value(case when coalesce(b.n, b.v) > 0 then b.minute end ignore nulls) over w as last_traded,
         last_value(b.minute ignore nulls) over w as last_priced,
         last_value(b.c ignore nulls) over w as last_price,
         last_value(b.source ignore nulls) over w as last_source
  from grid g left join bar b using (asset_id, minute) left join known k using (asset_id, minute)
       left join refused r using (asset_id, minute)
  window w as (partition by g.asset_id order by g.minute rows unbounded preceding)
)
select asset_id, minute as start_window, case when traded then 'traded' when bar then 'quoted' when known then 'carried' else 'missing' end as state,
       case when bar or known then last_price end as price_crypto,
       case when bar then o when known then last_price end as open_price,
       case when bar then h when known then last_price end as high_price,
       case when bar then l when known then last_price end as low_price,
       case when traded then v when bar or known then 0::decimal(24, 12) end as volume,
       case when traded then vw end as vwap, case when traded then n when bar or known then 0 end as trade_count,
       case when bar or known then last_source end as source, last_traded, last_price, last_priced, complete
from filled`;

const candles = `
create table expected_candles as
with period(period, width) as (values ('5m', interval 5 minute), ('15m', interval 15 minute), ('1h', interval 1 hour), ('4h', interval 4 hour), ('1d', interval 1 day)),
newest as (select asset_id, max(start_window) as newest from expected_minutes group by asset_id),
sums as (
  select asset_id, period, time_bucket(width, start_window, timestamptz '2000-01-01 00:00:00+00') as start, any_value(width) as width,
         count(*) filter (state = 'traded') as t, count(*) filter (state = 'quoted') as q,
         count(*) filter (state = 'carried') as c, count(*) filter (state = 'missing') as m, t + q as b,
         arg_min(open_price, start_window) filter (state in ('traded', 'quoted')) as o,
         max(high_price) filter (state in ('traded', 'quoted')) as h, min(low_price) filter (state in ('traded', 'quoted')) as l,
         arg_max(price_crypto, start_window) filter (state in ('traded', 'quoted')) as close,
         -- The bars of Alpaca may hold prices of quotes even where somebody traded.
         count(*) filter (state = 'traded' and source like 'alpaca%') as mixed,
         any_value(price_crypto) filter (state = 'carried') as flat,
         cast(sum(volume) as decimal(38, 12)) as volume,
         cast(sum(cast(round(vwap * volume, 12) as decimal(38, 12))) as decimal(38, 12)) as turnover,
         coalesce(cast(sum(volume) filter (vwap is not null) as decimal(38, 12)), 0) as vwap_volume,
         sum(trade_count) filter (state in ('traded', 'quoted')) as n, coalesce(bool_or(not complete), false) as provisional
  from expected_minutes cross join period group by asset_id, period, start
)
select asset_id, period, start as start_window, case when b > 0 then o else flat end as open_price, case when b > 0 then h else flat end as high_price,
       case when b > 0 then l else flat end as low_price, case when b > 0 then close else flat end as close_price, volume,
       -- Decimals divide as integers, half up: DuckDB's own division makes a double of them.
       case when turnover is not null and vwap_volume > 0 then
         (cast(turnover * 1000000000000 as hugeint) * 1000000000000 + cast(vwap_volume * 1000000000000 as hugeint) // 2)
              // cast(vwap_volume * 1000000000000 as hugeint) end as units,
       turnover, vwap_volume, case when b > 0 then cast(n as bigint) when c > 0 then 0 end as trade_count,
       t as minutes_traded, q as minutes_quoted, c as minutes_carried, m as minutes_missing, newest >= start + width and not provisional as closed,
       nullif(concat_ws(',', case when q + mixed > 0 then 'quotes' end, case when t > 0 then 'trades' end,
                        case when b = 0 and c > 0 then 'carried' end), '') as prices_from
from sums join newest using (asset_id)`;

const trades = `
create table expected_trades as
with trade as (
  select value->>'transaction_id' as transaction_id, value->>'document_id' as document_id, value->>'asset_id' as asset_id,
         cast(value->>'transaction_timestamp' as timestamptz) as made, value->>'trade_type' as side, cast(value->>'quantity' as decimal(24, 12)) as quantity
  from trader qualify row_number() over (partition by value->>'transaction_id' order by "offset") = 1
)
select transaction_id, document_id, t.asset_id, made, side, quantity, m.price_crypto,
       cast(round(cast(quantity as decimal(19, 12)) * cast(m.price_crypto as decimal(19, 12)), 12) as decimal(38, 12)) as value,
       case when m.price_crypto is null then 'pending' when m.complete = false then 'provisional' when m.state = 'traded' then 'exact' else m.state end as price_state
from trade t left join expected_minutes m on m.asset_id = t.asset_id and m.start_window = date_trunc('minute', made)`;

const side = (column: string, name: string) =>
  `coalesce(cast(sum(${column}) filter (side = '${name}') as decimal(38, 12)), 0)`;
const volumes = `
create table expected_volumes as
select asset_id, period, date_trunc(unit, made) as start_window, count(*) as trades, count(distinct document_id) as traders,
       count(*) filter (value is null) as unvalued_trades,
       ${side('quantity', 'BUY')} as bought_quantity, ${side('quantity', 'SELL')} as sold_quantity, bought_quantity - sold_quantity as net_quantity,
       ${side('value', 'BUY')} as bought_value, ${side('value', 'SELL')} as sold_value, bought_value - sold_value as net_value
from expected_trades cross join (values ('1m', 'minute'), ('1h', 'hour')) p(period, unit)
group by asset_id, period, unit, start_window`;

/** Computes the layers from all records of the topics of quotes and trades. */
export async function expectLayers(quotes: TopicRecord[], orders: TopicRecord[]): Promise<ExpectedLayers> {
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  const rows = async (sql: string): Promise<Rows> => (await db.runAndReadAll(sql)).getRowObjectsJson() as Rows;
  try {
    await db.run("set TimeZone = 'UTC'");
    for (const [table, records] of [
      ['quote', quotes],
      ['trader', orders],
    ] as const) {
      await db.run(`create table ${table} (value json, "offset" bigint, source varchar)`);
      const insert = await db.createAppender(table);
      for (const record of records) {
        insert.appendVarchar(record.value?.toString('utf8') ?? '');
        insert.appendBigInt(BigInt(record.offset));
        insert.appendVarchar(record.headers['source'] ?? 'unknown');
        insert.endRow();
      }
      insert.closeSync();
    }
    for (const sql of [bars, known, refused, minutes, candles, trades, volumes]) await db.run(sql);
    await db.run(`alter table expected_candles add column vwap varchar`);
    await db.run(`update expected_candles set vwap = case when units is not null
      then cast(units // 1000000000000 as varchar) || '.' || lpad(cast(units % 1000000000000 as varchar), 12, '0') end`);
    const last = await rows(
      'select asset_id, cast(arg_max(last_price, start_window) as varchar) as price from expected_minutes group by 1',
    );
    const inTime = await rows(
      'select document_id, asset_id, side, cast(quantity as varchar) as quantity, cast(value as varchar) as value from expected_trades order by made, transaction_id',
    );
    return {
      minutes: await rows(selectLayer('minutes', 'expected_minutes')),
      trades: await rows(selectLayer('trades', 'expected_trades')),
      candles: await rows(selectLayer('candles', 'expected_candles')),
      volumes: await rows(selectLayer('volumes', 'expected_volumes')),
      positions: positionsOf(
        inTime as unknown as TradeLine[],
        new Map(last.map((row) => [String(row['asset_id']), String(row['price'])])),
      ),
    };
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

interface TradeLine {
  document_id: string;
  asset_id: string;
  side: string;
  quantity: string;
  value: string | null;
}

const scale = 10n ** 12n;
const units = (decimal: string) => BigInt(decimal.replace('.', ''));
const decimal = (value: bigint) => {
  const digits = (value < 0n ? -value : value).toString().padStart(13, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`;
};
/** `a * b / c`, rounded half up. */
const share = (a: bigint, b: bigint, c: bigint) => (2n * a * b + c) / (2n * c);
const product = (a: bigint, b: bigint) => {
  const exact = a * b;
  return exact < 0n ? -((-exact + scale / 2n) / scale) : (exact + scale / 2n) / scale;
};

/** Average cost of a long or short position, in integers with 12 decimals. Not SQL, because each step depends on the one before. */
function positionsOf(trades: TradeLine[], prices: Map<string, string>): Rows {
  const held = new Map<
    string,
    { long: [bigint, bigint]; short: [bigint, bigint]; realised: bigint; valued: number; pending: number }
  >();
  for (const trade of trades) {
    const key = `${trade.document_id} ${trade.asset_id}`;
    const position = held.get(key) ?? { long: [0n, 0n], short: [0n, 0n], realised: 0n, valued: 0, pending: 0 };
    held.set(key, position);
    if (trade.value === null) {
      position.pending += 1;
      continue;
    }
    position.valued += 1;
    const [own, other] = trade.side === 'BUY' ? [position.long, position.short] : [position.short, position.long];
    const quantity = units(trade.quantity);
    let value = units(trade.value);
    const closed = quantity < other[0] ? quantity : other[0];
    if (closed > 0n) {
      const given = closed === other[0] ? other[1] : share(other[1], closed, other[0]);
      const paid = closed === quantity ? value : share(value, closed, quantity);
      position.realised += trade.side === 'BUY' ? given - paid : paid - given;
      other[0] -= closed;
      other[1] -= given;
      value -= paid;
    }
    own[0] += quantity - closed;
    own[1] += value;
  }
  return [...held]
    .map(([key, { long, short, realised, valued, pending }]) => {
      const [document_id = '', asset_id = ''] = key.split(' ');
      const holding = long[0] - short[0];
      const cost = long[1] - short[1];
      const price = prices.get(asset_id);
      return {
        document_id,
        asset_id,
        holding: decimal(holding),
        cost: decimal(cost),
        realised: decimal(realised),
        last_price: price ?? null,
        unrealised: price === undefined ? null : decimal(product(holding, units(price)) - cost),
        trades: String(valued),
        pending_trades: String(pending),
      };
    })
    .sort((one, other) => (`${one.document_id} ${one.asset_id}` < `${other.document_id} ${other.asset_id}` ? -1 : 1));
}
