import type { Deployment } from '../deployment/deployment.ts';
import { glueMaintenance } from '../maintenance/spark-job.ts';
import { defaultPrices, type Prices } from './estimate.ts';

/** What is billed by use, but goes on by itself while the jobs run. */
export interface Use {
  /** such as `220,000 requests a day to S3` */
  what: string;
  /** US dollars */
  perMonth: number;
}

/**
 * Requests of the class of PUT in each commit: data files, metadata and checkpoint, each written, copied and listed. An estimate from the
 * files of a commit, which nobody has measured on a bill.
 */
const requestsPerCommit = { tables: 12, search: 4, layers: 25 };

/** Minutes of a maintenance by Spark, its start included. The local one of a week's tables takes less than one. */
const maintenanceMinutes = 10;

/** Estimates from the triggers of the jobs. A job without new events commits nothing: this is the most. */
export function estimateUse({ jobs, aws }: Deployment, prices: Prices = defaultPrices): Use[] {
  const days = prices.hoursPerMonth / 24;
  const requests = jobs.reduce((sum, job) => {
    const trigger = triggerOf(job);
    return sum + (86_400 / aws.triggers[trigger]) * requestsPerCommit[trigger];
  }, 0);
  // Freshness, lag and unreadable records of each job; the last only of a job that reads a topic. Three of the lake's maintenance.
  const metrics = jobs.reduce((sum, { topic }) => sum + (topic === undefined ? 2 : 3), 3);
  return [
    {
      what: `up to ${Math.round(requests).toLocaleString('en-US')} requests a day to S3, by "aws.triggers" (estimate)`,
      perMonth: (requests / 1000) * (prices.rates['objectWrites']?.price ?? 0) * days,
    },
    { what: `${String(metrics)} metrics of our own`, perMonth: metrics * (prices.rates['metric']?.price ?? 0) },
    ...(aws.upkeep === 'glue'
      ? [
          {
            what: `a maintenance by Glue each week, ${String(glueMaintenance.workers)} DPUs for ${String(maintenanceMinutes)} minutes (estimate)`,
            perMonth:
              glueMaintenance.workers * (maintenanceMinutes / 60) * (prices.rates['glueJob']?.price ?? 0) * (days / 7),
          },
        ]
      : []),
  ];
}

function triggerOf({ id, topic }: Deployment['jobs'][number]): keyof typeof requestsPerCommit {
  if (topic === undefined) return 'layers';
  return id.endsWith('-elasticsearch') ? 'search' : 'tables';
}
