import { countFindings } from './findings.ts';
import { kinds, subjectOf, type StrikeKind } from './schedule.ts';
import type { SeedReport } from './seed-run.ts';

const titles: Record<StrikeKind, string> = {
  kill: 'killed (-9)',
  pause: 'paused',
  stop: 'stopped',
  oom: 'out of memory',
  partition: 'parted',
  delay: 'slow link',
  clock: 'wrong clock',
  'slow-disk': 'slow disk',
  cut: 'power cut',
};

export const reportHead =
  `| seed | ${kinds.map((kind) => titles[kind]).join(' | ')} | not tried | optimisers | ups | acknowledged | taken by cuts | ` +
  'records | rows | documents | bad records | versions seen | lost | doubled | wrong | seconds |';

/** One line of a table. */
export function describeReport(report: SeedReport): string {
  const { findings } = report;
  const hits = (kind: StrikeKind) =>
    countSame(report.struck.filter((one) => one.kind === kind && one.hit).map(subjectOf));
  const cells = [
    report.seed,
    ...kinds.map(hits),
    countSame(report.skipped.map(({ kind }) => kind)),
    withFailed(report.optimizers, report.failedOptimizers),
    withFailed(report.ups, report.failedUps),
    report.acknowledged,
    report.taken,
    report.records,
    report.rows,
    report.documents,
    report.badRecords,
    report.versions,
    findings.lost.length,
    findings.doubled.length,
    countFindings(findings) - findings.lost.length - findings.doubled.length,
    report.seconds,
  ];
  return `| ${cells.map(String).join(' | ')} |`;
}

/** Each word once, with its count. */
function countSame(words: string[]): string {
  return [...new Set(words)]
    .map((word) => [word, words.filter((other) => other === word).length] as const)
    .map(([word, times]) => (times === 1 ? word : `${word} ${String(times)}x`))
    .join(', ');
}

function withFailed(all: number, failed: number): string {
  return failed > 0 ? `${String(all)} (${String(failed)} failed)` : String(all);
}
