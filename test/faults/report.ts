import { countFindings } from './findings.ts';
import { targets } from './schedule.ts';
import type { SeedReport } from './seed-run.ts';

export const reportHead =
  '| seed | killed | paused | optimisers | ups | acknowledged | records | rows | documents | bad records | versions seen | lost | doubled | wrong | s |';

/** One line of a table. */
export function describeReport(report: SeedReport): string {
  const { findings } = report;
  const hits = (kind: string) => {
    const struck = report.struck.filter((strike) => strike.kind === kind && strike.hit);
    return targets
      .map((target) => [target, struck.filter((strike) => strike.target === target).length] as const)
      .filter(([, times]) => times > 0)
      .map(([target, times]) => (times === 1 ? target : `${target} ${String(times)}x`))
      .join(', ');
  };
  const cells = [
    report.seed,
    hits('kill'),
    hits('pause'),
    withFailed(report.optimizers, report.failedOptimizers),
    withFailed(report.ups, report.failedUps),
    report.acknowledged,
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

function withFailed(all: number, failed: number): string {
  return failed > 0 ? `${String(all)} (${String(failed)} failed)` : String(all);
}
