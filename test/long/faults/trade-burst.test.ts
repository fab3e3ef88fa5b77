import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SupervisorClient } from '../../../src/local/supervisor/client.ts';
import { readJobProgress } from '../../../src/tools/progress.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { TestLake } from '../../support/lake.ts';

const second = 1000;
const count = 400_000;

/** More trades in one hour than the memory of the jobs holds, and kills while silver and gold take them. */
describe('a burst of trades', function () {
  this.timeout(1500 * second);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare();
    await lake.run('up', '--source', 'simulate');
    await lake.run('produce', 'quotes', '--source', 'simulate', '--rate', '20');
    await lake.run('produce', 'trades', '--rate', '4000', '--count', String(count));
  });

  after(async () => {
    await lake.remove();
  });

  /** Waits until silver has at least so many trades. */
  async function silverHas(trades: number, withinMs: number): Promise<number> {
    const found = await awaitAnswer(
      async () => {
        const [row] = await lake.query<{ trades: string }>('select count(*) as trades from crypto_silver.trade_valued');
        return Number(row?.trades) >= trades ? Number(row?.trades) : undefined;
      },
      { withinMs, everyMs: second },
    );
    assert.ok(
      found !== undefined,
      `silver has no ${String(trades)} trades: ${JSON.stringify((await lake.status()).jobs)}`,
    );
    return found;
  }

  /** Kills the jobs, and waits until the layers are at work again; the process must be the first one since. @returns its number */
  async function killJobs(): Promise<number> {
    const old = await lake.pidOf('spark');
    process.kill(old, 'SIGKILL');
    const next = await awaitAnswer(
      async () =>
        (await lake.status()).parts.find(({ id, pid }) => id === 'spark' && pid !== undefined && pid !== old)?.pid,
      { withinMs: 120 * second, everyMs: 500 },
    );
    assert.ok(next !== undefined, 'the jobs do not come back');
    return next;
  }

  async function lastQuote(): Promise<number> {
    const [row] = await lake.query<{ revision: string }>(
      'select max(revision) as revision from crypto_db.crypto_quote',
    );
    return Number(row?.revision);
  }

  it('is in silver and gold after kills within and after it, while the ingest goes on in one process', async () => {
    await silverHas(count / 8, 300 * second);
    await killJobs();
    // They read the hour's trades again first: half a minute of a core, and this machine may have other work.
    await silverHas(count, 600 * second);
    const pid = await killJobs();
    const before = await lastQuote();
    const since = new Date().toISOString();
    const isBack = await awaitAnswer(
      async () => {
        const taken = readJobProgress(join(lake.data, 'run', 'lake-layers.json'))?.takenAt ?? '';
        return taken > since && (await lake.status()).jobs.every(({ state }) => state === 'running') ? true : undefined;
      },
      { withinMs: 300 * second, everyMs: 500 },
    );
    assert.ok(isBack, `the layers do not come back: ${JSON.stringify(await lake.status())}`);
    const isFresh = await awaitAnswer(async () => ((await lastQuote()) > before ? true : undefined), {
      withinMs: 30 * second,
      everyMs: 500,
    });
    assert.ok(isFresh, 'no quote came in meanwhile');
    assert.equal(await lake.pidOf('spark'), pid, 'the process of the jobs died again');
  });

  it('leaves silver and gold equal to bronze', async () => {
    const supervisor = new SupervisorClient(lake.data);
    for (const part of ['producer-quotes', 'producer-trades']) await supervisor.remove(part);
    await lake.settleLayers();
    const [counts] = await lake.query(
      `select count(*) >= ${String(count)} as whole, count(*) = count(distinct transaction_id) as once,
              count(*) = (select count(*) from crypto_db.crypto_trader) as like_bronze from crypto_silver.trade_valued`,
    );
    assert.deepEqual(counts, { whole: true, once: true, like_bronze: true });
    assert.deepEqual(await lake.query(differences.trades), [], 'trades');
    assert.deepEqual(await lake.query(differences.volumes), [], 'volumes');
    assert.deepEqual(await lake.query(differences.positions), [], 'positions');
  });
});

/** Rows of silver and gold that a calculation from bronze and from the prices of the minutes does not give, and the other way round. */
const priced = `
  select t.transaction_id, t.document_id, t.asset_id, t.asset_type, t.transaction_timestamp, t.trade_type, t.quantity,
         case when m.state <> 'missing' then m.price_crypto end as price
  from crypto_db.crypto_trader t
  left join crypto_silver.quote_minute m
    on m.asset_id = t.asset_id and m.asset_type = t.asset_type and m.start_window = date_trunc('minute', t.transaction_timestamp)`;

const differ = (expected: string, found: string) =>
  `with priced as (${priced}), expected as (${expected}), found as (${found})
   select 'lacks' as what, * from (select * from expected except all select * from found)
   union all select 'has' as what, * from (select * from found except all select * from expected) limit 5`;

const side = (column: string, name: string) =>
  `coalesce(sum(${column}) filter (trade_type = '${name}'), 0)::decimal(38, 12)`;
const value = 'round(quantity::decimal(19, 12) * price::decimal(19, 12), 12)::decimal(38, 12)';

const differences = {
  trades: differ(
    `select transaction_id, price::varchar as price, (${value})::varchar as value from priced`,
    'select transaction_id, price_crypto::varchar as price, value::varchar as value from crypto_silver.trade_valued',
  ),
  volumes: differ(
    `select asset_id, period, date_trunc(unit, transaction_timestamp) as start, count(*) as trades, count(distinct document_id) as traders,
            count(*) filter (price is null) as unvalued, ${side('quantity', 'BUY')} as bought, ${side('quantity', 'SELL')} as sold,
            ${side(value, 'BUY')} as paid, ${side(value, 'SELL')} as brought
     from priced cross join (values ('1m', 'minute'), ('1h', 'hour')) p(period, unit) group by asset_id, period, unit, start`,
    `select asset_id, period, start_window, trades, traders, unvalued_trades, bought_quantity, sold_quantity, bought_value, sold_value
     from crypto_gold.trade_volume`,
  ),
  positions: differ(
    `select document_id, asset_id, count(price) as trades, count(*) - count(price) as pending, max(transaction_timestamp) as last,
            sum(case when price is null then 0 when trade_type = 'BUY' then quantity else -quantity end)::decimal(38, 12) as holding
     from priced group by document_id, asset_id`,
    'select document_id, asset_id, trades, pending_trades, last_trade, holding from crypto_gold.position',
  ),
};
