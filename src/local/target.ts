import { existsSync } from 'node:fs';
import { exitCodes, Fault } from '../errors.ts';
import {
  defineTarget,
  firstQuery,
  type Answer,
  type LakeVerbs,
  type ProduceRequest,
  type SqlSession,
  type TargetWork,
} from '../lake-target.ts';
import { LocalLake } from './lake.ts';

const noSecretsHere = 'On this machine, keys come from the environment or from the file that "alpaca.keys" names.';

/** A lake on this machine. Each verb loads what it needs when it is called, so that a command starts quickly. */
export const localTarget = defineTarget({
  place: 'on this machine',
  statusEveryMs: 1000,
  questions: [],
  pipeline: {
    why: 'a pipeline has no access to this machine',
    next: 'Set "target: aws" in cryptodm.yaml, or: cryptodm init --target aws --prefix acme-lake --ci github',
  },
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
  open: (work) => openVerbs(new LocalLake(work.settings), work),
});

type LocalVerbs = Omit<LakeVerbs, 'plan' | 'jobs' | 'functions' | 'secrets'>;

function openVerbs(lake: LocalLake, work: TargetWork): LocalVerbs {
  return {
    up: async ({ produce, repair, anyPort, flags, config }) => {
      const [{ prepare }, { precheck, raise }, { trainArchives }] = await Promise.all([
        import('./setup/preparation.ts'),
        import('./raise.ts'),
        import('./setup/archive-training.ts'),
      ]);
      await precheck(lake, { anyPort });
      const toolchain = await prepare(lake, work, { extensions: produce });
      await trainArchives(lake, toolchain, work);
      const { lake: raised, ...result } = await raise(lake, toolchain, work, {
        ...{ produce, repair, anyPort, flags, config },
      });
      const { dashboard } = raised;
      const { linkTo } = await import('./dashboard-access.ts');
      const link = await linkTo(raised).catch(() => dashboard);
      return {
        data: [{ event: 'up', ...result, ports: raised.settings.ports, dashboard }],
        text: `${firstQuery}\nSee:  ${link}`,
        minor: true,
      };
    },

    down: async ({ keepData }) => {
      const { takeDown } = await import('./take-down.ts');
      const { data } = lake.layout;
      if (existsSync(data)) {
        const what = keepData ? 'Stop the lake and keep its data?' : 'Remove the lake with all its data?';
        await work.person.confirm(`${what} (${data})`);
      }
      const proof = await takeDown(lake, work, { keepData });
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
      const { status } = await askStatus(lake);
      const exitCode = status.state === 'up' ? 0 : exitCodes.part;
      return { data: [status], text: renderStatus(status, new Date(), work.person.columns), exitCode };
    },

    lakes: async () => {
      const [{ findLakes }, { renderLakes }] = await Promise.all([
        import('./lake-listing.ts'),
        import('./text/lakes.ts'),
      ]);
      const lakes = findLakes(lake.layout);
      return { data: lakes, text: renderLakes(lakes, work.person.columns) };
    },

    metrics: async () => {
      const { askStatus } = await import('./status/status-question.ts');
      const { metricsOf } = await import('./metrics/exposition.ts');
      const { status } = await askStatus(lake);
      return metricsOf(status);
    },

    dashboard: async () => {
      const { findDashboard } = await import('./dashboard-access.ts');
      return findDashboard(lake);
    },

    snippet: async (tool) => {
      const { localSnippet } = await import('./snippets.ts');
      return localSnippet(lake, work, tool);
    },

    query: async (request, sink) => {
      const session = await openSql(lake, work);
      try {
        return await session.query(request, sink);
      } finally {
        await session.close();
      }
    },

    openSql: (how) => (how?.guarded === true ? openGuardedSql(lake, work) : openSql(lake, work)),

    exportParquet: async (request) => {
      const [{ lakePlace }, { exportParquet }] = await Promise.all([
        import('./query/lake-place.ts'),
        import('./query/parquet.ts'),
      ]);
      return exportParquet({ ...(await lakePlace(lake, work)), ...request, signal: work.signal });
    },

    produce: async (request) => produce(lake, work, request),

    trade: async (order) => {
      const { makeTrade, sendTrade } = await import('./trade.ts');
      const { renamed } = await lake.declaration();
      const made = makeTrade(order, { coins: lake.settings.coins, renamed }, new Date());
      const sent = await sendTrade(lake, made);
      const { trade_type, asset_id, asset_type, transaction_id } = made.event;
      return {
        data: [{ ...made.event, ...sent }],
        text: `${trade_type} ${order.quantity} ${asset_id}/${asset_type} as ${transaction_id} (partition ${String(sent.partition)}, offset ${String(sent.offset)})`,
      };
    },

    logs: async (request) => {
      const { readLogs } = await import('./logs.ts');
      await readLogs({ ...request, folder: lake.layout.logs, signal: work.signal });
      return {};
    },

    logParts: async () => {
      const { logParts } = await import('./logs.ts');
      return logParts(lake.layout.logs);
    },

    gaps: async (request) => {
      const { listLocalGaps } = await import('./gaps.ts');
      return listLocalGaps(lake, work, request);
    },

    tradeGaps: async (request) => {
      const { listLocalTradeGaps } = await import('./gaps.ts');
      return listLocalTradeGaps(lake, work, request);
    },

    candleDifferences: async (request) => {
      const { listLocalCandleDifferences } = await import('./gaps.ts');
      return listLocalCandleDifferences(lake, work, request);
    },

    backfill: async (request) => {
      const { backfill, faultsText, notAskedText, progressText } = await import('./backfill.ts');
      const done = await backfill(lake, work, request);
      const result = done.minutes === 0 ? 'Nothing is missing.' : progressText(done);
      const text = [...done.refused, faultsText(done), notAskedText(done), result].filter(Boolean).join('\n');
      return { data: [done], text, exitCode: done.refused.length === 0 ? 0 : exitCodes.outside };
    },

    backfillTrades: async (request) => {
      const [{ backfillTrades }, { renderTradeBackfill }] = await Promise.all([
        import('./trade-backfill.ts'),
        import('./text/trade-backfill.ts'),
      ]);
      const done = await backfillTrades(lake, work, request);
      const exitCode = done.refused.length === 0 ? 0 : exitCodes.outside;
      return { data: [done], text: renderTradeBackfill(done), exitCode };
    },

    optimize: async ({ via, ...options }) => {
      if (via !== undefined) {
        throw new Fault('usage', '--via is for a lake in an account', { where: '--via', next: 'Leave it out.' });
      }
      const { optimizeTables } = await import('./maintenance.ts');
      const { renderForeseen, renderOptimized } = await import('./text/maintenance.ts');
      const done = await optimizeTables(lake, work, options);
      return { data: done, text: options.dryRun ? renderForeseen(done) : renderOptimized(done) };
    },

    createTables: async () => {
      const { createLakeTables } = await import('./tables/creation.ts');
      return createLakeTables(lake, work);
    },

    repairTables: async (request) => {
      const { repairTables } = await import('./tables/damage.ts');
      const { repairAnswer } = await import('./text/repair.ts');
      return repairAnswer(await repairTables(lake, work, request), request);
    },

    acceptCommits: async ({ tables }) => {
      const { acceptCommits } = await import('./tables/damage.ts');
      const { acceptanceAnswer } = await import('./text/acceptance.ts');
      return acceptanceAnswer(await acceptCommits(lake, work, tables));
    },

    rebuildIndex: async (task) => {
      const { rebuildIndex } = await import('./search-index/rebuild.ts');
      const filled = await rebuildIndex(lake, work, task);
      if (filled === undefined) return { data: [{ event: 'full' }], text: 'The index lacks no row of the table.' };
      const { index, rows, unfit, example } = filled;
      const left =
        unfit === 0 ? '' : `\n${String(unfit)} rows are no documents; the last: ${example ?? 'no reason given'}`;
      return { data: [filled], text: `${index} holds what the table holds: ${String(rows)} rows were written.${left}` };
    },

    refreshAssets: async () => {
      const { refreshAssets } = await import('./assets.ts');
      return refreshAssets(lake, work);
    },

    doctor: async () => {
      const [{ examine }, { examineData }, { examineIndex }] = await Promise.all([
        import('./doctor.ts'),
        import('./tables/examination.ts'),
        import('./search-index/examination.ts'),
      ]);
      return [...(await examine(lake, work)), ...(await examineData(lake, work)), ...(await examineIndex(lake, work))];
    },

    setup: async () => {
      const [{ prepare }, { trainArchives }] = await Promise.all([
        import('./setup/preparation.ts'),
        import('./setup/archive-training.ts'),
      ]);
      const toolchain = await prepare(lake, work, { extensions: true });
      await trainArchives(lake, toolchain, work);
      return {
        data: [{ event: 'setup', jdk: toolchain.jdk, jars: toolchain.jars.folder, extensions: toolchain.extensions }],
        text: '',
      };
    },
  };
}

const both = ['quotes', 'trades'] as const;

async function openSql(lake: LocalLake, work: TargetWork): Promise<SqlSession> {
  const [{ lakePlace }, { openSession }] = await Promise.all([
    import('./query/lake-place.ts'),
    import('./query/query.ts'),
  ]);
  const session = openSession(await lakePlace(lake, work));
  return {
    ...session,
    query: ({ sql, asOf, seconds, rows, signal }, sink) =>
      session.query({ sql, asOf, limits: { seconds, rows }, signal: anySignal(work.signal, signal) }, sink),
  };
}

const anySignal = (...signals: (AbortSignal | undefined)[]) =>
  AbortSignal.any(signals.filter((given) => given !== undefined));

async function openGuardedSql(lake: LocalLake, work: TargetWork): Promise<SqlSession> {
  const { SqlBox } = await import('./query/sql-box.ts');
  const box = new SqlBox(lake, work);
  return {
    query: ({ sql, asOf, rows, signal }, sink) =>
      box.run(sql, sink, { asOf, rows, signal: anySignal(work.signal, signal) }),
    close: () => Promise.resolve(box.close()),
  };
}

async function produce(
  lake: LocalLake,
  work: TargetWork,
  { which, stop, flags, count, duration }: ProduceRequest,
): Promise<Answer> {
  const { runProducer, startProducers, stopProducers } = await import('./produce.ts');
  const chosen = which === undefined ? both : [which];
  const nothing = { data: [], text: '' };
  if (stop) {
    await stopProducers(lake, work, chosen);
    return nothing;
  }
  if (count === undefined && duration === undefined) {
    await startProducers(lake, work, chosen, flags);
    return nothing;
  }
  if (which === undefined) {
    throw new Fault('usage', '--count and --duration run one producer', {
      next: 'Say which: cryptodm produce quotes --count 100',
    });
  }
  const done = await runProducer(lake, work, which, { ...flags, count, duration: duration?.toString() });
  const offsets = Object.entries(done.offsets).map(([partition, offset]) => `${partition}: ${String(offset)}`);
  return {
    data: [done],
    text: `${String(done.acknowledged)} acknowledged of ${String(done.sent)} sent, last offsets ${offsets.join(', ') || 'none'}`,
    exitCode: done.failed === 0 ? 0 : exitCodes.part,
  };
}
