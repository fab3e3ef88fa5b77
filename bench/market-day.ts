import { readTopic } from '../test/support/topic.ts';
import { Comparison } from '../test/support/exchange/comparison.ts';
import type { TestLake } from '../test/support/lake.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import { quantile, type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';
import { MarketExchange } from './market-exchange.ts';

const hour = 3_600_000;
const pairs = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'LTC/USD', 'DOGE/USD'];
const venues = ['coinbase', 'kraken'] as const;
const speed = 60;

/**
 * A day of two exchanges that do wrong, 60 times as fast: they begin 24 hours ago and arrive at now. Afterwards the table must have each trade once,
 * and bars and minutes must be those of the ledger. The producer takes its time from trades and heartbeats, so a second of the lake is a minute there;
 * how long a hole was open is measured by the lake's own clock.
 */
export const marketDay: Scenario = async (tell, { smoke }) => {
  const ms = smoke ? hour : 24 * hour;
  const faults = smoke ? { disconnects: 5, mutes: 1 } : { disconnects: 200, mutes: 20 };
  const exchange = await MarketExchange.start({
    ...{ pairs, venues, rate: 2 },
    past: { ms, speed, untidy: 0.05, ...faults },
  });
  const arrivesAt = Date.now() + ms / (speed - 1);
  const lake = await prepareLake(exchange.environment);
  try {
    await lake.run('up', '--source', venues.join(','), '--coins', pairs.join(','));
    const comparison = new Comparison(lake, exchange.here(), venues, pairs, 'coinbase');
    const fromMs = await comparison.begin();
    await awaitAnswer(
      () => {
        exchange.engine.check();
        return Date.now() > arrivesAt ? true : undefined;
      },
      { withinMs: Infinity, everyMs: 1000, signal: interrupted },
    );
    exchange.here();
    const span = { fromMs, untilMs: Date.now() };
    tell(`${((span.untilMs - fromMs) / hour).toFixed(1)} hours; done wrong: ${describe(exchange.misdeeds())}`);
    await comparison.awaitNoOpenHole(span, 180_000);
    for (let at = fromMs; at < span.untilMs; at += hour)
      await comparison.awaitTrades({ fromMs: at, untilMs: Math.min(at + hour, span.untilMs) });
    await comparison.awaitBars(span);
    await comparison.awaitSilver(span);
    const rows = await comparison.proveOnce();
    return [{ what: 'trades, each once (equal to the ledger)', value: rows, unit: 'rows' }, ...(await holesOf(lake))];
  } finally {
    await lake.remove();
    await exchange.stop();
  }
};

function describe(misdeeds: ReadonlyMap<string, number>): string {
  return [...misdeeds].map(([kind, count]) => `${String(count)} ${kind}`).join(', ');
}

/** How long holes were open, from the first report to that of their end. A hole is reported once it is a second old. */
async function holesOf(lake: TestLake): Promise<Figure[]> {
  const opened = new Map<string, number>();
  const seconds: number[] = [];
  for (const { value, headers, timestamp } of await readTopic(lake.broker, 'market-trades')) {
    const text = value?.toString('utf8') ?? '';
    if (!text.includes('"hole"')) continue;
    const { pair, hole } = JSON.parse(text) as {
      pair: string;
      hole?: { first: number; last: number; state: 'open' | 'closed' | 'absent' };
    };
    if (hole === undefined) continue;
    const name = `${headers['source'] ?? ''} ${pair} ${String(hole.first)} ${String(hole.last)}`;
    const since = opened.get(name);
    if (hole.state === 'open' && since === undefined) opened.set(name, timestamp);
    if (hole.state !== 'closed' || since === undefined) continue;
    seconds.push((timestamp - since) / 1000);
    opened.delete(name);
  }
  const holes = 'holes, from their report to the end';
  return [
    { what: 'holes that were reported and closed', value: seconds.length, unit: 'events' },
    { what: 'holes that were reported and not closed', value: opened.size, unit: 'events' },
    ...(seconds.length === 0
      ? []
      : ([
          { what: `${holes}, median`, value: quantile(seconds, 0.5), unit: 's', samples: seconds },
          { what: `${holes}, p99`, value: quantile(seconds, 0.99), unit: 's', goal: 5 },
          { what: `${holes}, longest`, value: Math.max(...seconds), unit: 's' },
        ] satisfies Figure[])),
  ];
}
