import type { Command } from '../command.ts';
import { assets } from './assets.ts';
import { backfill } from './backfill.ts';
import { completeOf } from './complete.ts';
import { completion } from './completion.ts';
import { config } from './config.ts';
import { dashboard } from './dashboard.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { gaps } from './gaps.ts';
import { functions } from './functions.ts';
import { index } from './index-command.ts';
import { init } from './init.ts';
import { jobs } from './jobs.ts';
import { kibana } from './kibana.ts';
import { lakes } from './lakes.ts';
import { logs } from './logs.ts';
import { metrics } from './metrics.ts';
import { open } from './open.ts';
import { optimizeIceberg } from './optimize-iceberg.ts';
import { plan } from './plan.ts';
import { produce } from './produce.ts';
import { query } from './query.ts';
import { queryWorker } from '../processes/query-worker.ts';
import { secrets } from './secrets.ts';
import { serveDashboard } from '../processes/serve-dashboard.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { supervise } from '../processes/supervise.ts';
import { tables } from './tables.ts';
import { trade } from './trade.ts';
import { up } from './up.ts';

/** Every command, in the order that help shows them. */
export const commands: Command[] = [
  up,
  plan,
  down,
  status,
  lakes,
  open,
  dashboard,
  metrics,
  query,
  produce,
  trade,
  logs,
  gaps,
  backfill,
  optimizeIceberg,
  tables,
  index,
  assets,
  jobs,
  functions,
  kibana,
  secrets,
  init,
  config,
  doctor,
  setup,
  completion,
  completeOf(() => commands),
  supervise,
  serveDashboard,
  queryWorker,
];
