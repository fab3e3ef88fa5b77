import { existsSync } from 'node:fs';
import { exitCodes, Fault } from '../errors.ts';
import { defineTarget, type Answer, type ProduceRequest, type TargetWork } from '../lake-target.ts';

const noSecretsHere = 'On this machine, keys come from the environment or from the file that "alpaca.keys" names.';

/** A lake on this machine. Each verb loads what it needs when it is called, so that a command starts quickly. */
export const localTarget = defineTarget({
  place: 'on this machine',
  statusEveryMs: 1000,
  questions: [],
  lacks: {
    plan: {
      why: 'there is nothing to plan, because "up" repairs only what is broken',
      next: 'Run "cryptodm plan --target aws", or "cryptodm status".',
    },
    jobs: {
      why: 'its jobs run in one process',
      next: '"status" shows the jobs, and "up" starts them. For a lake in an account: --target aws.',
    },
    functions: {
      why: 'it has none',
      next: '"tables create", "assets refresh" and "optimize-iceberg" do the same. For a lake in an account: --target aws.',
    },
    secrets: { why: 'it stores none', next: `${noSecretsHere} For a lake in an account: --target aws.` },
  },
  open: (work) => ({
    up: async ({ produce, anyPort, flags, config }) => {
      const [{ prepare }, { precheck, raise }, { trainArchives }, { dashboardAddress }] = await Promise.all([
        import('./setup/preparation.ts'),
        import('./raise.ts'),
        import('./setup/archive-training.ts'),
        import('./lake-steps.ts'),
      ]);
      const { settings } = work;
      await precheck(settings, { anyPort });
      const kit = await prepare(work, { extensions: produce });
      await trainArchives(kit, work);
      const result = await raise(kit, work, { produce, anyPort, flags, config });
      const dashboard = dashboardAddress({ ...settings, ports: result.ports });
      return {
        data: [{ event: 'up', ...result, dashboard }],
        text: `Try:  cryptodm query "select * from crypto_db.crypto_quote order by start_window desc limit 5"\nSee:  ${dashboard}`,
        minor: true,
      };
    },

    down: async ({ keepData }) => {
      const { takeDown } = await import('./take-down.ts');
      const { data } = work.settings.paths;
      if (existsSync(data)) {
        const what = keepData ? 'Stop the lake and keep its data?' : 'Remove the lake with all its data?';
        await work.person.confirm(`${what} (${data})`);
      }
      const proof = await takeDown(work, { keepData });
      const files = keepData ? `data kept in ${data}` : 'no file';
      return {
        data: [{ event: 'down', ...proof, keptData: keepData }],
        text:
          proof.removed === 0
            ? `Nothing to take down in ${data}.`
            : `Looked: no process of the lake, no port held, ${files}.`,
      };
    },

    status: async () => {
      const { askStatus } = await import('./status/status-question.ts');
      const { renderStatus } = await import('./text/status.ts');
      const { status } = await askStatus(work.settings);
      return { data: [status], text: renderStatus(status, new Date()) };
    },

    metrics: async () => {
      const { askStatus } = await import('./status/status-question.ts');
      const { metricsOf } = await import('./metrics/exposition.ts');
      const { status } = await askStatus(work.settings);
      return metricsOf(status);
    },

    dashboard: async () => {
      const { findDashboard } = await import('./dashboard-access.ts');
      return findDashboard(work.settings);
    },

    query: async ({ sql, asOf, seconds, rows }, sink) => {
      const [{ lakePlace }, { runQuery }] = await Promise.all([
        import('./query/lake-place.ts'),
        import('./query/query.ts'),
      ]);
      return runQuery({ ...(await lakePlace(work)), sql, asOf, limits: { seconds, rows }, signal: work.signal }, sink);
    },

    produce: async (request) => produce(work, request),

    trade: async (order) => {
      const { makeTrade, sendTrade } = await import('./trade.ts');
      const { declareLake } = await import('../lake/declaration.ts');
      const { settings } = work;
      const made = makeTrade(order, settings.coins, new Date());
      const topic = declareLake(settings.coins).topics.find((candidate) => candidate.id === 'trades');
      const sent = await sendTrade(settings, topic?.name ?? '', made);
      const { trade_type, asset_id, asset_type, transaction_id } = made.event;
      return {
        data: [{ ...made.event, ...sent }],
        text: `${trade_type} ${order.quantity} ${asset_id}/${asset_type} as ${transaction_id} (partition ${String(sent.partition)}, offset ${String(sent.offset)})`,
      };
    },

    logs: async (request) => {
      const { readLogs } = await import('./logs.ts');
      const { layOut } = await import('./layout.ts');
      await readLogs({ ...request, folder: layOut(work.settings.paths.data).logs, signal: work.signal });
      return {};
    },

    gaps: async (request) => {
      const { listLocalGaps } = await import('./gaps.ts');
      return listLocalGaps(work, request);
    },

    backfill: async (request) => {
      const { backfill, progressText } = await import('./backfill.ts');
      const done = await backfill(work, request);
      const text = done.minutes === 0 ? 'Nothing is missing.' : [...done.refused, progressText(done)].join('\n');
      return { data: [done], text, exitCode: done.refused.length === 0 ? 0 : exitCodes.outside };
    },

    optimize: async ({ via, ...options }) => {
      if (via !== undefined) {
        throw new Fault('usage', '--via is for a lake in an account', { where: '--via', next: 'Leave it out.' });
      }
      const { optimizeTables } = await import('./maintenance.ts');
      const { renderForeseen, renderOptimized } = await import('./text/maintenance.ts');
      const done = await optimizeTables(work, options);
      return { data: done, text: options.dryRun ? renderForeseen(done) : renderOptimized(done) };
    },

    createTables: async () => {
      const { createLakeTables } = await import('./tables/creation.ts');
      return createLakeTables(work);
    },

    repairTables: async (request) => {
      const { repairTables } = await import('./tables/damage.ts');
      const { repairAnswer } = await import('./text/repair.ts');
      return repairAnswer(await repairTables(work, request), request);
    },

    refreshAssets: async () => {
      const { refreshAssets } = await import('./assets.ts');
      return refreshAssets(work, work.env['COINAPI_KEY']);
    },

    doctor: async () => {
      const [{ examine }, { examineData }] = await Promise.all([
        import('./doctor.ts'),
        import('./tables/examination.ts'),
      ]);
      return [...(await examine(work.settings, work.env)), ...(await examineData(work))];
    },

    setup: async () => {
      const [{ prepare }, { trainArchives }] = await Promise.all([
        import('./setup/preparation.ts'),
        import('./setup/archive-training.ts'),
      ]);
      const kit = await prepare(work, { extensions: true });
      await trainArchives(kit, work);
      return { data: [{ event: 'setup', jdk: kit.jdk, jars: kit.jars.folder, extensions: kit.extensions }], text: '' };
    },
  }),
});

const both = ['quotes', 'trades'] as const;

async function produce(work: TargetWork, { which, stop, flags, count, duration }: ProduceRequest): Promise<Answer> {
  const { runProducer, startProducers, stopProducers } = await import('./produce.ts');
  const chosen = which === undefined ? both : [which];
  const nothing = { data: [], text: '' };
  if (stop) {
    await stopProducers(work, chosen);
    return nothing;
  }
  if (count === undefined && duration === undefined) {
    await startProducers(work, chosen, flags);
    return nothing;
  }
  if (which === undefined) {
    throw new Fault('usage', '--count and --duration run one producer', {
      next: 'Say which: cryptodm produce quotes --count 100',
    });
  }
  const done = await runProducer(work, which, { ...flags, count, duration: duration?.toString() });
  const offsets = Object.entries(done.offsets).map(([partition, offset]) => `${partition}: ${String(offset)}`);
  return {
    data: [done],
    text: `${String(done.acknowledged)} acknowledged of ${String(done.sent)} sent, last offsets ${offsets.join(', ') || 'none'}`,
    exitCode: done.failed === 0 ? 0 : exitCodes.part,
  };
}
