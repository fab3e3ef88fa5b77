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

/** Metrics of the namespace `CryptoLake` (docs/contracts.md). The agent sends the count of each process by its pattern and by its producer, and of both together. */
const metricsOf = { job: 4, lake: 5, host: 7, containers: 2 };

/** Estimates from the triggers of the jobs. A job without new events commits nothing: this is the most. */
export function estimateUse({ jobs, aws, containers }: Deployment, prices: Prices = defaultPrices): Use[] {
  const days = prices.hoursPerMonth / 24;
  const requests = jobs.reduce((sum, job) => {
    const trigger = triggerOf(job);
    return sum + (86_400 / aws.triggers[trigger]) * requestsPerCommit[trigger];
  }, 0);
  const metrics =
    jobs.length * metricsOf.job + metricsOf.lake + metricsOf[containers === undefined ? 'host' : 'containers'];
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
