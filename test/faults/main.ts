// npm run test:faults -- --seeds N [--first-seed S] [--trades N] [--bars N] [--seconds N] [--only kill,pause] [--report FILE]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TestLake } from '../support/lake.ts';
import { countFindings, describeFindings } from './findings.ts';
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

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void (standing?.lake.remove() ?? Promise.resolve()).finally(() => process.exit(130));
  });
}

const repeats = (seed: number, seeds: number) =>
  `npm run test:faults -- --first-seed ${String(seed)} --seeds ${String(seeds)} --trades ${values.trades} --bars ${values.bars}` +
  ` --seconds ${values.seconds}${values.only === undefined ? '' : ` --only ${values.only}`}`;

for (let seed = first; seed < first + Number(values.seeds); seed++) {
  say(`\nseed ${String(seed)}`);
  try {
    if (standing === undefined) {
      standing = new FaultyLake(await TestLake.prepare(faultyEnvironment), (line) => say(`  ${line}`));
      await standing.raise();
    } else await standing.produce();
    const report = await standing.run(seed, options);
    reports.push(report);
    say(describeReport(report));
    if (countFindings(report.findings) > 0) throw new Error(`\n${describeFindings(report.findings)}`);
  } catch (error) {
    failed += 1;
    say(`seed ${String(seed)} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    say(`its lake is left in ${standing?.lake.folder ?? '?'}`);
    say(`alone: ${repeats(seed, 1)}`);
    say(`as it came: ${repeats(first, seed - first + 1)}`);
    // Kept for inspection; the next seed gets another lake.
    await standing?.lake.halt();
    standing = undefined;
  }
}
await standing?.lake.remove();
say(`\n${reportHead}`);
for (const report of reports) say(describeReport(report));
if (values.report !== undefined)
  writeFileSync(
    values.report,
    `${JSON.stringify({ at: new Date().toISOString(), options, failed, reports }, null, 1)}\n`,
  );
say(failed === 0 ? 'nothing lost, nothing doubled' : `${String(failed)} seeds failed`);
process.exit(failed === 0 ? 0 : 1);
