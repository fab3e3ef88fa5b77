// npm run exchange -- [--port N] [--seed N] [--pairs BTC/USD,YFI/USD=0.01] [--rate N] [--venues coinbase] [--from 24h] [--speed N] [--faults none|few|many] [--kinds drop,omit]
// npm run exchange -- --speed 60 --disconnects 200 --mutes 20 --untidy 0.05
// Coinbase, Kraken and Alpaca on one port of this machine, with simulated trades, until it is stopped.
import { parseArgs } from 'node:util';
import { Exchange } from './exchange.ts';
import { venues } from './product.ts';
import { faultKinds, levels } from './schedule.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    /** a pair has its share of the rate, or trades a second of its own */
    pairs: { type: 'string', default: 'BTC/USD,ETH/USD,SOL/USD' },
    /** trades a second of the exchange's time, over all pairs and venues */
    rate: { type: 'string', default: '20' },
    venues: { type: 'string', default: venues.join(',') },
    /** where its time begins: 90s, 30m, 24h ago; now by default, a day ago when it runs faster */
    from: { type: 'string' },
    speed: { type: 'string', default: '1' },
    faults: { type: 'string', default: 'none' },
    /** only these, as schedule.ts names them */
    kinds: { type: 'string' },
    /** instead of these, until its time has arrived at now: connections that end, that are open and mute, the share of trades that come twice or in another order */
    disconnects: { type: 'string' },
    mutes: { type: 'string' },
    untidy: { type: 'string' },
    /** where ids begin to be counted: what an earlier run has printed, to go on with the same trades */
    origin: { type: 'string' },
    /** lets clients ask REST as often as they like */
    unlimited: { type: 'boolean', default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

function numberOf(name: 'port' | 'seed' | 'rate' | 'speed' | 'disconnects' | 'mutes' | 'untidy'): number {
  const number = Number(values[name] ?? 0);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Error(`--${name} takes a number, not ${values[name]}`);
}

function millisecondsOf(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`--from takes a duration such as 90s, 30m or 24h, not ${text}`);
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's' | 'm' | 'h' | 'd'];
}

const level = levels.find((each) => each === values.faults);
if (level === undefined) throw new Error(`--faults takes ${levels.join(', ')}, not ${values.faults}`);
const kinds = values.kinds?.split(',').map((given) => {
  const kind = faultKinds.find((known) => known === given);
  if (kind === undefined) throw new Error(`--kinds takes ${faultKinds.join(', ')}, not ${given}`);
  return kind;
});
const chosen = venues.filter((venue) => values.venues.split(',').includes(venue));
if (chosen.length !== values.venues.split(',').length) throw new Error(`--venues takes ${venues.join(', ')}`);
const speed = numberOf('speed');
const pastMs = millisecondsOf(values.from ?? (speed > 1 ? '24h' : '0s'));
const fromMs = Date.now() - pastMs;
const [disconnects, mutes, untidy] = [numberOf('disconnects'), numberOf('mutes'), numberOf('untidy')];
if (disconnects + mutes + untidy > 0 && speed <= 1)
  throw new Error('--disconnects, --mutes and --untidy take a --speed above 1');
// Meanwhile our own time goes on, too.
const overMs = pastMs / (speed - 1);
const day = { overMs, trades: (numberOf('rate') * overMs * speed) / 1000, disconnects, mutes, untidy };
const pairs = values.pairs.split(',').map((text) => {
  const [pair = '', rate] = text.split('=');
  return rate === undefined ? pair : { pair, rate: Number(rate) };
});
const originMs = values.origin === undefined ? fromMs : Date.parse(values.origin);
const exchange = await new Exchange({
  ...{ port: numberOf('port'), seed: numberOf('seed'), pairs, rate: numberOf('rate'), fromMs, speed, originMs },
  ...{ venues: chosen, faults: { level, kinds }, limitsRequests: !values.unlimited },
  ...(disconnects + mutes + untidy > 0 && { day }),
}).start();

for (const venue of chosen) {
  const { stream, url } = exchange.addresses(venue);
  say(`${venue.padEnd(9)} ${stream}  ${url}`);
}
say(`Alpaca's key is "key", its secret "secret". Begun at ${new Date(originMs).toISOString()} (--origin).`);
const environment = Object.entries(exchange.environment).map(([name, value]) => `${name}=${value}`);
const names = pairs.map((each) => (typeof each === 'string' ? each : each.pair)).join(',');
say(
  `\n${environment.join(' \\\n')} \\\n./cryptodm up --source ${chosen[0] === 'alpaca' ? 'alpaca-stream' : (chosen[0] ?? '')} --coins ${names}\n`,
);

let misdeeds = 0;
const timer = setInterval(() => {
  for (const { kind, venue, pair, detail, ids } of exchange.faults.log.slice(misdeeds)) {
    const what = ids === undefined ? undefined : `${String(ids.length)} from ${String(ids[0])}`;
    say(`  did wrong: ${[kind, venue, pair, what, detail].filter((each) => each !== undefined).join(', ')}`);
  }
  misdeeds = exchange.faults.log.length;
  say(exchange.describe());
}, 5_000);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(timer);
    void exchange.close().then(() => say('ended'));
  });
}
