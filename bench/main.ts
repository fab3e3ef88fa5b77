import { cpus, totalmem } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Figure, Scenario } from './figure.ts';
import { cli } from './cli.ts';
import { dashboard } from './dashboard.ts';
import { freshness } from './freshness.ts';
import { startup } from './startup.ts';
import { throughput } from './throughput.ts';
import { upkeep } from './upkeep.ts';

const scenarios: Record<string, Scenario> = { startup, freshness, throughput, cli, dashboard, upkeep };

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const unknown = wanted.find((name) => scenarios[name] === undefined);
if (wanted.length === 0 || unknown !== undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(scenarios).join('|')} ...\n`);
  process.exit(2);
}

const machine = `${String(cpus().length)} x ${cpus()[0]?.model ?? '?'}, ${String(Math.round(totalmem() / 2 ** 30))} GiB, Node ${process.versions.node}`;
process.stdout.write(`${machine}\n`);
for (const name of wanted) {
  const figures = (await scenarios[name]?.((line) => process.stderr.write(`  ${line}\n`))) ?? [];
  process.stdout.write(`\n${name}\n`);
  for (const { what, value, unit, goal } of figures) {
    const shown = `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`;
    process.stdout.write(
      `  ${what.padEnd(58)} ${shown.padStart(12)}${goal === undefined ? '' : `   goal ${String(goal)}`}\n`,
    );
  }
  mkdirSync('bench/results', { recursive: true });
  const report: { machine: string; at: string; figures: Figure[] } = { machine, at: new Date().toISOString(), figures };
  writeFileSync(`bench/results/${name}.json`, `${JSON.stringify(report, null, 1)}\n`);
}
