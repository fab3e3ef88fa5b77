import type { Problem } from '../../lake/alarms.ts';
import { describeForeign, foreignCommits } from '../../tools/iceberg/foreign-commits.ts';
import { parseTableMetadata } from '../../tools/iceberg/metadata.ts';
import { describeLoss, type JobFigures } from '../../tools/job-figures.ts';
import type { JobProgress } from '../../tools/progress.ts';
import { describeBacklog, secondsUntilPause } from '../../tools/topic-backlog.ts';

type Job = JobFigures & { id: string; title: string };

/**
 * What is wrong beyond the states of parts and jobs, as far as tables and progress tell.
 * @param metadata of each table the text of its JSON, undefined before its first commit
 */
export function nameAwsProblems(
  jobs: readonly Job[],
  progress: readonly (JobProgress | undefined)[],
  metadata: readonly { table: string; text: string | undefined }[],
): Problem[] {
  return [
    ...metadata.flatMap(({ table, text }) => (text === undefined ? [] : ofTable(table, text))),
    ...progress.flatMap((its) => ofBacklog(jobs, its?.backlog)),
    ...jobs.flatMap(ofLoss),
  ];
}

function ofTable(table: string, text: string): Problem[] {
  const problem = describeForeign(table, foreignCommits(parseTableMetadata(text)));
  const next =
    'Remove its rows with Spark where they are wrong. If all of it is wanted, set the table property cryptodm.foreign.accepted ' +
    'to the sequence number of its last commit.';
  return problem === undefined ? [] : [{ ...problem, next }];
}

function ofBacklog(jobs: readonly Job[], backlog: JobProgress['backlog']): Problem[] {
  if (backlog === undefined) return [];
  const slowest = jobs.find(({ id }) => id === backlog.slowest)?.title ?? backlog.slowest;
  const secondsLeft = secondsUntilPause(backlog, backlog.growth);
  const problem = describeBacklog(backlog.topic, { ...backlog, slowest, secondsLeft });
  return problem === undefined ? [] : [{ ...problem, part: 'kafka' }];
}

function ofLoss(job: Job): Problem[] {
  const what = describeLoss(job);
  return what === undefined
    ? []
    : [
        {
          id: 'records-lost',
          part: job.id,
          what,
          next: '"cryptodm gaps" lists the minutes that are missing. Trades, and quotes of the simulator, have no history.',
        },
      ];
}
