import { exitCodes, Fault } from '../errors.ts';
import {
  defineTarget,
  firstQuery,
  type Answer,
  type LakeFunctions,
  type LakeJobs,
  type LakeSecrets,
  type ProduceRequest,
  type QueryAnswer,
  type QueryRequest,
  type TargetWork,
} from '../lake-target.ts';
import { functionNames } from '../lake/functions.ts';
import type { QuerySink } from '../tools/sql/types.ts';
import type { AwsLake } from './lake.ts';
import { questions } from './questions.ts';

const brokersArePrivate = 'the brokers are in private subnets, and only IAM roles of the lake may write to them';

/** A lake in an AWS account. Each verb loads what it needs when it is called: the clients of AWS are large. */
export const awsTarget = defineTarget({
  place: 'in an account',
  // Requests to AWS are limited.
  statusEveryMs: 10_000,
  questions,
  pipeline: async (settings, request) => {
    const { writePipeline } = await import('./pipeline/pipeline.ts');
    return writePipeline(settings, request);
  },
  lacks: {
    lakes: { why: 'an account has one lake a prefix', next: 'Run "cryptodm status".' },
    metrics: { why: 'its metrics are in CloudWatch', next: 'See the namespace CryptoLake of CloudWatch.' },
    dashboard: { why: 'only a lake on this machine serves the page', next: 'Use Kibana.' },
    exportParquet: {
      why: 'Athena gives its rows as text',
      next: 'Export to FILE.csv, FILE.json or FILE.jsonl, or let Athena write Parquet to a bucket of yours: UNLOAD.',
    },
    trade: {
      why: brokersArePrivate,
      next: 'The trades there come from its own producer: see "cryptodm status".',
    },
    backfill: {
      why: brokersArePrivate,
      next: 'The producer there fills what it has missed, up to 7 days, when it starts: "cryptodm produce quotes".',
    },
    backfillTrades: {
      why: brokersArePrivate,
      next: 'The producer there asks the exchanges for what it has missed: see "cryptodm gaps --trades".',
    },
    repairTables: {
      why: 'it reads tables of the local catalog',
      next: 'Roll the table back to a sound snapshot with Spark.',
    },
    acceptCommits: {
      why: 'it reads tables of the local catalog',
      next: 'Set the table property cryptodm.foreign.accepted to the sequence number of the commit, with Spark.',
    },
  },
  open: (work) => ({
    up: async ({ produce, repair }) => {
      if (!repair) return up(work, produce);
      throw new Fault('usage', '--repair: in an account nothing but "up" as it is repairs the lake', {
        where: 'target',
        next: 'Run "cryptodm up", or with --no-produce.',
      });
    },

    plan: async ({ produce }) => {
      const [{ planLake }, { planSummary, planText }] = await Promise.all([
        import('./lifecycle/plan.ts'),
        import('./lifecycle/plan-text.ts'),
      ]);
      const planned = await planLake(work, { produce, command: 'cryptodm plan' });
      await planned.release();
      return { data: [{ event: 'plan', ...planSummary(planned) }], text: planText(planned) };
    },

    down: async ({ keepData }) => {
      const { awsLakeStands, takeDownAws } = await import('./lifecycle/take-down.ts');
      const { prefix = '', region } = work.settings.aws;
      if (await awsLakeStands(work)) {
        const what = keepData ? 'Stops the lake and keeps its data' : 'Removes the lake with all its data';
        await work.person.confirmName(`${what} (${region}).`, prefix);
      }
      const proof = await takeDownAws(work, { keepData });
      const nothing = proof.removed === 0 ? `Nothing to take down for ${prefix}. ` : '';
      const listed = proof.stillListed.length;
      const later =
        listed === 0 ? '' : ` AWS still lists ${String(listed)} by their tags that are gone, for up to an hour.`;
      return {
        data: [{ event: 'down', target: 'aws', ...proof, keptData: keepData }],
        text: keepData
          ? 'Buckets, catalog, index and state are kept: storage still costs money. The next "up" continues with them.'
          : `${nothing}Checked: nothing that has the lake’s tags exists, and there is no bucket, log group, secret or file of its name.${later}`,
      };
    },

    status: async () => {
      const [{ collectAwsStatus }, { renderAwsStatus }] = await Promise.all([
        import('./status/status.ts'),
        import('./status/status-text.ts'),
      ]);
      const status = await collectAwsStatus(await lakeOf(work));
      const exitCode = status.state === 'up' ? 0 : exitCodes.part;
      return { data: [status], text: renderAwsStatus(status, new Date(), work.person.columns), exitCode };
    },

    snippet: async (tool) => {
      const [{ awsSnippet }, { identifyCaller }] = await Promise.all([
        import('./snippets.ts'),
        import('./services/connection.ts'),
      ]);
      const lake = await lakeOf(work);
      return awsSnippet(lake, (await identifyCaller(lake.connection)).accountId, tool);
    },

    query: (request, sink) => query(work, request, sink),

    openSql: () => {
      const none = () => Promise.resolve();
      const check = async (sql: string) => {
        const { checkReading } = await import('./athena/statement.ts');
        checkReading(sql);
      };
      return Promise.resolve({ query: (request, sink) => query(work, request, sink), check, close: none });
    },

    produce: async (request) => produce(work, request),

    logParts: async () => {
      const { awsLogParts } = await import('./status/logs.ts');
      return awsLogParts(await lakeOf(work));
    },

    logs: async ({ since, write, ...wanted }) => {
      const { readAwsLogs } = await import('./status/logs.ts');
      let lines = 0;
      await readAwsLogs(await lakeOf(work), {
        ...wanted,
        since: since ?? new Date(Date.now() - 3_600_000),
        signal: work.signal,
        write: (part, line) => {
          lines += 1;
          write(part, line);
        },
      });
      if (lines > 0 || since !== undefined) return {};
      return { remark: 'Nothing was logged in the last hour; --since 1d looks further back.' };
    },

    gaps: async (request) => {
      const { listAwsGaps } = await import('./athena/gaps.ts');
      return listAwsGaps(await lakeOf(work), request, work.signal);
    },

    tradeGaps: async (request) => {
      const { listAwsTradeGaps } = await import('./athena/gaps.ts');
      return listAwsTradeGaps(await lakeOf(work), request, work.signal);
    },

    candleDifferences: async (request) => {
      const { listAwsCandleDifferences } = await import('./athena/gaps.ts');
      return listAwsCandleDifferences(await lakeOf(work), request, work.signal);
    },

    optimize: async (request) => {
      const [{ optimizeTables }, { maintenanceAnswer }] = await Promise.all([
        import('./maintenance/maintenance.ts'),
        import('./maintenance/maintenance-text.ts'),
      ]);
      return maintenanceAnswer(await optimizeTables(await lakeOf(work), work, request));
    },

    rebuildIndex: async (task) => {
      const { rebuildCloudIndex } = await import('./search/rebuild.ts');
      const step = await rebuildCloudIndex(await lakeOf(work), work, task);
      return {
        data: [{ event: 'done', step }],
        text: `Step ${step} is done: the index holds what the table holds. "cryptodm logs index-rebuild" has the figures.`,
      };
    },

    createTables: async () => {
      const { createAwsTables } = await import('./calls/tables.ts');
      const lake = await lakeOf(work);
      work.person.showWaiting('waiting for create-tables');
      return createAwsTables(lake, work.signal);
    },

    refreshAssets: async () => {
      const { refreshAwsAssets } = await import('./calls/assets.ts');
      const lake = await lakeOf(work);
      work.person.showWaiting('waiting for update-assets-icons');
      return refreshAwsAssets(lake, work.signal);
    },

    doctor: async () => {
      const [{ examineToolchain }, { examineAws }] = await Promise.all([
        import('../toolchain/examination.ts'),
        import('./setup/doctor.ts'),
      ]);
      return [...(await examineToolchain(work.settings, work.env)), ...(await examineAws(work.settings, work.env))];
    },

    setup: async () => {
      const { prepareJars } = await import('../toolchain/preparation.ts');
      const { folder } = await prepareJars(work);
      return { data: [{ event: 'setup', jars: folder }], text: '' };
    },

    jobs: async () => jobsOf(work, await lakeOf(work)),
    functions: async () => functionsOf(work, await lakeOf(work)),
    secrets: async () => secretsOf(work, await lakeOf(work)),
  }),
});

async function lakeOf(work: TargetWork): Promise<AwsLake> {
  const { nameAwsLake } = await import('./lake.ts');
  return nameAwsLake(work.settings, work.env);
}

/** Shows plan and costs, asks, applies exactly that plan. */
async function up(work: TargetWork, produce: boolean): Promise<Answer> {
  const [{ planLake }, { raiseAws }] = await Promise.all([
    import('./lifecycle/plan.ts'),
    import('./lifecycle/raise.ts'),
  ]);
  const options = { produce, command: 'cryptodm up' };
  const planned = await planLake(work, options);
  try {
    if (planned.changes.length > 0) {
      const { planText } = await import('./lifecycle/plan-text.ts');
      work.person.show(planText(planned));
      await work.person.confirm(`Make these ${String(planned.changes.length)} changes in account ${planned.account}?`);
    }
  } catch (error) {
    await planned.release();
    throw error;
  }
  const result = await raiseAws(planned, work, options);
  const done =
    result.changed.length === 0 ? 'The lake is up already.' : `The lake is up (${result.seconds.toFixed(0)} s).`;
  return {
    data: [{ event: 'up', target: 'aws', ...result }],
    text: `${done}\n${firstQuery}`,
    minor: true,
  };
}

async function query(work: TargetWork, request: QueryRequest, sink: QuerySink): Promise<QueryAnswer> {
  const { queryAthena } = await import('./athena/query.ts');
  const { sql, asOf, seconds = Number.POSITIVE_INFINITY, rows } = request;
  const signals = [work.signal, request.signal].filter((given) => given !== undefined);
  const asked = { sql, asOf, limits: { seconds, rows }, signal: AbortSignal.any(signals) };
  const { scannedBytes, cost, ...outcome } = await queryAthena(await lakeOf(work), asked, sink);
  const scanned = (scannedBytes / 1e6).toFixed(2);
  return { ...outcome, cost: `${scanned} MB scanned, about ${cost.toFixed(6)} dollars` };
}

/** Starts or stops the producers: `up` with or without them, which leaves everything else as it is. */
async function produce(work: TargetWork, request: ProduceRequest): Promise<Answer> {
  const given = Object.entries({ ...request.flags, count: request.count, duration: request.duration })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name}`);
  if (given.length > 0) {
    throw new Fault('usage', `${given.join(', ')}: producers in an account take their settings from the file`, {
      where: 'target',
      next: 'Set "source", "quotes" and "trades" in cryptodm.yaml, then run "cryptodm up".',
    });
  }
  if (request.which !== undefined) {
    throw new Fault(
      'usage',
      `in an account both producers are started and stopped together, not ${request.which} by itself`,
      { where: 'target', next: 'Run "cryptodm produce" or "cryptodm produce --stop".' },
    );
  }
  return up(work, !request.stop);
}

function jobsOf(work: TargetWork, lake: AwsLake): LakeJobs {
  const load = async () => Promise.all([import('./jobs/jobs.ts'), import('./jobs/jobs-text.ts')]);
  return {
    list: async () => {
      const [{ listJobs }, { listedSteps }] = await load();
      return listedSteps(await listJobs(lake));
    },
    submit: async (job) => {
      const [{ submitJobs }, { submittedJobs }] = await load();
      return submittedJobs(await submitJobs(lake, job));
    },
    cancel: async (job, { now }) => {
      const [{ cancelJob }, { cancelledSteps }] = await load();
      work.person.showWaiting(`waiting for ${job} to end`);
      return cancelledSteps(await cancelJob(lake, job, { now, signal: work.signal }));
    },
  };
}

function functionsOf(work: TargetWork, lake: AwsLake): LakeFunctions {
  return {
    list: async () => {
      const { listLakeFunctions } = await import('./calls/function-calls.ts');
      const { table } = await import('../tools/text-table.ts');
      const found = await listLakeFunctions(lake);
      const rows = found.map(({ name, runtime, memoryMb, timeoutSeconds, modified }) => [
        name,
        runtime,
        `${String(memoryMb)} MB`,
        `${String(timeoutSeconds)} s`,
        modified,
      ]);
      const text =
        found.length === 0
          ? `No functions of ${lake.prefix} in ${lake.connection.region}.`
          : table(['function', 'runtime', 'memory', 'limit', 'changed'], rows).join('\n');
      return { data: found, text };
    },
    invoke: async (name, payload) => {
      const known = functionNames.find((candidate) => candidate === name);
      if (known === undefined) {
        throw new Fault('usage', `there is no function ${name}`, { next: `Functions: ${functionNames.join(', ')}.` });
      }
      if (known === 'expire-lake') {
        await work.person.confirm(
          `End ${lake.prefix}'s time to live now? Brokers, jobs and host are removed; the data stays.`,
        );
      }
      const { callFunction } = await import('./calls/function-calls.ts');
      work.person.showWaiting(`waiting for ${name}`);
      return callFunction(lake, known, payload, work.signal);
    },
  };
}

async function secretsOf(work: TargetWork, lake: AwsLake): Promise<LakeSecrets> {
  const { listLakeSecrets, parseSecret, removeSecret, secretFromEnvironment, secretKind, setSecret } =
    await import('./secrets.ts');
  return {
    fields: (name) => secretKind(name).fields,
    parse: (name, text) => parseSecret(secretKind(name), text),
    fromEnvironment: (name) => secretFromEnvironment(secretKind(name), work.env),
    store: async (name, fields) => {
      const secret = await setSecret(lake, secretKind(name), fields);
      return { data: [{ secret }], text: `Stored ${secret} in ${lake.connection.region}.` };
    },
    list: async () => {
      const { table } = await import('../tools/text-table.ts');
      const found = await listLakeSecrets(lake);
      const rows = found.map(({ name, changed }) => [name, changed?.toISOString() ?? '']);
      const text =
        found.length === 0
          ? `No secrets of ${lake.prefix} in ${lake.connection.region}.`
          : table(['secret', 'written'], rows).join('\n');
      return { data: found, text };
    },
    remove: async (name) => {
      const kind = secretKind(name);
      await work.person.confirm(`Delete the secret ${lake.names.secret(name)}? This can't be undone.`);
      const removed = await removeSecret(lake, kind);
      return { data: [{ removed }], text: `Deleted ${removed}.` };
    },
  };
}
