// npm run test:faults -- --seeds N [--first-seed S] [--trades N] [--bars N] [--seconds N] [--only kill,cut] [--report FILE]
// Runs itself again in namespaces of its own, where the machine can be struck, too.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countFindings, describeFindings } from './findings.ts';
import { Machine } from './machine/machine.ts';
import { enterNamespaces, isInside } from './machine/namespaces.ts';
import { kinds, type StrikeKind } from './schedule.ts';
import { FaultyLake, type SeedReport } from './seed-run.ts';
import { faultyEnvironment } from './environment.ts';
import { describeReport, reportHead } from './report.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    'first-seed': { type: 'string', default: '1' },
    trades: { type: 'string', default: '100000' },
    bars: { type: 'string', default: '20000' },
    /** how long events flow and strikes happen, for each seed */
    seconds: { type: 'string', default: '75' },
    only: { type: 'string' },
    /** a JSON file for the outcome */
    report: { type: 'string' },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const only = values.only?.split(',').map((given): StrikeKind => {
  const kind = kinds.find((known) => known === given);
  if (kind === undefined) throw new Error(`--only takes ${kinds.join(', ')}, not ${given}`);
  return kind;
});
// There is no network inside: what must be downloaded or built comes first.
if (!isInside())
  execFileSync(join(import.meta.dirname, '../../cryptodm'), ['setup'], { stdio: ['ignore', 'ignore', 'inherit'] });
const inside = await enterNamespaces(import.meta.filename, process.argv.slice(2));
if (inside !== undefined) process.exit(inside);

const options = {
  trades: Number(values.trades),
  bars: Number(values.bars),
  durationMs: Number(values.seconds) * 1000,
  ...(only === undefined ? {} : { only }),
};
const first = Number(values['first-seed']);
const reports: SeedReport[] = [];
let failed = 0;
let standing: FaultyLake | undefined;

const machine = Machine.open();
const sayMissing = () => {
  for (const [kind, why] of machine.missing) say(`NOT TRIED, it can't be had here: ${kind} (${why})`);
};

let stopping = false;

async function end(): Promise<void> {
  machine.calm();
  await standing?.lake.remove();
  await machine.close();
}

// The process that waits for this one got a signal, or ended.
process.stdin.once('end', () => {
  say('stopped');
  stopping = true;
  void end().finally(() => process.exit(130));
});
process.stdin.resume();

const repeats = (seed: number, seeds: number) =>
  `npm run test:faults -- --first-seed ${String(seed)} --seeds ${String(seeds)} --trades ${values.trades} --bars ${values.bars}` +
  ` --seconds ${values.seconds}${values.only === undefined ? '' : ` --only ${values.only}`}`;

for (let seed = first; seed < first + Number(values.seeds); seed++) {
  say(`\nseed ${String(seed)}`);
  try {
    if (standing === undefined) {
      standing = await FaultyLake.prepare(faultyEnvironment, machine, (line) => say(`  ${line}`));
      sayMissing();
    }
    await standing.produce();
    const report = await standing.run(seed, options);
    reports.push(report);
    say(describeReport(report));
    if (countFindings(report.findings) > 0) throw new Error(`\n${describeFindings(report.findings)}`);
  } catch (error) {
    // What fails now fails because everything is being removed.
    if (stopping) await new Promise(() => undefined);
    failed += 1;
    say(`seed ${String(seed)} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    // Kept for inspection; the next seed gets another lake.
    await standing?.lake.halt();
    machine.endProcesses();
    const image = machine.leaveDisk();
    if (image === undefined) say(`its lake is left in ${standing?.lake.folder ?? '?'}`);
    else {
      if (standing !== undefined) rmSync(standing.lake.folder, { recursive: true, force: true });
      say(`the disk of its lake is left in ${image}, for "mount -o loop"`);
    }
    say(`alone: ${repeats(seed, 1)}`);
    say(`as it came: ${repeats(first, seed - first + 1)}`);
    standing = undefined;
  }
}
await end();
say(`\n${reportHead}`);
for (const report of reports) say(describeReport(report));
if (values.report !== undefined)
  writeFileSync(
    values.report,
    `${JSON.stringify({ at: new Date().toISOString(), options, failed, missing: Object.fromEntries(machine.missing), reports }, null, 1)}\n`,
  );
sayMissing();
say(failed === 0 ? 'nothing lost, nothing doubled' : `${String(failed)} seeds failed`);
process.exit(failed === 0 ? 0 : 1);
