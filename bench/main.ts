import { cpus, totalmem } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Figure, Options, Scenario } from './figure.ts';
import { catchup } from './catchup.ts';
import { cli } from './cli.ts';
import { cost } from './cost.ts';
import { dashboard } from './dashboard.ts';
import { freshness } from './freshness.ts';
import { growthCoins } from './growth-coins.ts';
import { growthDay } from './growth-day.ts';
import { growthRows } from './growth-rows.ts';
import { growthTrades } from './growth-trades.ts';
import { growth } from './growth.ts';
import { handleSignals, interrupted } from './interruption.ts';
import { marketDay } from './market-day.ts';
import { marketFreshness } from './market-freshness.ts';
import { marketRate } from './market-rate.ts';
import { peerIds, titleOf } from './peers.ts';
import { search } from './search.ts';
import { startup } from './startup.ts';
import { throughput } from './throughput.ts';
import { maintenance } from './maintenance.ts';

const scenarios: Record<string, Scenario> = {
  startup,
  freshness,
  catchup,
  throughput,
  search,
  cli,
  dashboard,
  upkeep: maintenance,
  cost,
  growth,
  'growth-rows': growthRows,
  'growth-coins': growthCoins,
  'growth-day': growthDay,
  'growth-trades': growthTrades,
  'market-freshness': marketFreshness,
  'market-rate': marketRate,
  'market-day': marketDay,
};
/** Scenarios that can also measure a peer. */
const compared = ['freshness', 'catchup'];
/** Scenarios that take `--rate` and `--minutes`. */
const paced = ['growth-trades', 'market-freshness', 'market-rate'];

function readArguments(): { wanted: string[]; options: Options } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      vs: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      rate: { type: 'string' },
      minutes: { type: 'string' },
    },
  });
  const [rate, minutes] = [numberOf('rate', values.rate), numberOf('minutes', values.minutes)];
  const vs = peerIds.find((id) => id === values.vs);
  if (values.vs !== undefined && vs === undefined) throw new TypeError(`there is no peer ${values.vs}`);
  const unknown = positionals.find((name) => scenarios[name] === undefined);
  if (unknown !== undefined) throw new TypeError(`there is no scenario ${unknown}`);
  const alone = positionals.find((name) => vs !== undefined && !compared.includes(name));
  if (alone !== undefined) throw new TypeError(`${alone} has no peer`);
  const unpaced = positionals.find((name) => (rate ?? minutes) !== undefined && !paced.includes(name));
  if (unpaced !== undefined) throw new TypeError(`${unpaced} has a rate and a time of its own`);
  if (positionals.length === 0) throw new TypeError('no scenario is named');
  return { wanted: positionals, options: { vs, smoke: values.smoke, rate, minutes } };
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (Number(text) > 0 && Number(text) < Infinity) return Number(text);
  throw new TypeError(`--${option} takes a number above 0, not ${text}`);
}

function show({ what, value, unit, goal, peer }: Figure): string {
  const digits = ['s', 'CPU-s', 'x', '$/h'].includes(unit) ? 2 : ['%', 'bytes'].includes(unit) ? 1 : 0;
  const ours = `${value.toFixed(digits)} ${unit}`.padStart(14);
  const least = unit.endsWith('s/s') ? 'at least ' : '';
  const wanted = goal === undefined ? '' : `goal ${least}${String(goal)}`;
  if (peer === undefined) return `  ${what.padEnd(58)} ${ours}   ${wanted}`.trimEnd();
  const theirs = `${peer.toFixed(digits)} ${unit}`.padStart(14);
  return `  ${what.padEnd(48)} ${ours} ${theirs} ${(peer / value).toFixed(2).padStart(7)}   ${wanted}`.trimEnd();
}

async function run(name: string, scenario: Scenario, options: Options, machine: string): Promise<void> {
  const told: string[] = [];
  const tell = (line: string) => {
    told.push(line);
    process.stderr.write(`  ${line}\n`);
  };
  const measured = await scenario(tell, options);
  const figures = options.smoke ? measured.map((figure) => ({ ...figure, goal: undefined })) : measured;
  const peer = options.vs && titleOf(options.vs);
  process.stdout.write(`\n${name}\n`);
  if (peer !== undefined)
    process.stdout.write(
      `  ${''.padEnd(48)} ${'cryptodm'.padStart(14)} ${'peer'.padStart(14)} ${'ratio'.padStart(7)}   ${peer}\n`,
    );
  for (const figure of figures) process.stdout.write(`${show(figure)}\n`);
  mkdirSync('bench/results', { recursive: true });
  const report = { machine, at: new Date().toISOString(), ...options, peer, figures, told };
  const file = [name, ...(options.vs ? [options.vs] : []), ...(options.smoke ? ['smoke'] : [])].join('-');
  writeFileSync(`bench/results/${file}.json`, `${JSON.stringify(report)}\n`);
}

let given: ReturnType<typeof readArguments> | undefined;
try {
  given = readArguments();
} catch (error) {
  const usage = `npm run bench -- ${Object.keys(scenarios).join('|')} ... [--smoke] [--vs ${peerIds.join('|')}] [--rate N] [--minutes N]`;
  const limits = `(--vs: ${compared.join(', ')}; --rate, --minutes: ${paced.join(', ')})`;
  process.stderr.write(`${(error as Error).message}\nusage: ${usage}   ${limits}\n`);
  process.exitCode = 2;
}
if (given !== undefined) {
  const machine = `${String(cpus().length)} x ${cpus()[0]?.model ?? '?'}, ${String(Math.round(totalmem() / 2 ** 30))} GiB, Node ${process.versions.node}`;
  process.stdout.write(`${machine}\n`);
  handleSignals();
  try {
    for (const name of given.wanted) await run(name, scenarios[name] as Scenario, given.options, machine);
  } catch (error) {
    // An interrupted scenario is expected to fail; the process ends once the lakes are removed.
    if (!interrupted.aborted) throw error;
  }
}
