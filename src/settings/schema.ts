import * as z from 'zod';
import { exchanges, exchangesOf } from '../lake/exchanges.ts';
import { pairPattern } from '../lake/pair.ts';
import { barChoices, wrongBarChoice } from './bar-choices.ts';
import { renames } from './renames.ts';

/** Seconds from `5`, `5s`, `2m`, `1h`, `7d` or `500ms`. */
export function parseSeconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? 's'] ?? 1;
  return Number(match[1]) * unit;
}

/** Bytes from `134217728`, `128MB` or `128MiB`; units are KB, MB, GB (thousands) and KiB, MiB, GiB. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMG])(i?)B|B)?$/.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const power = ['', 'K', 'M', 'G'].indexOf(match[2] ?? '');
  return Math.round(Number(match[1]) * (match[3] === 'i' ? 1024 : 1000) ** power);
}

/** A length of time in seconds, within limits; from `5s`, `2m` or a number of seconds. */
function seconds(least: number, most: number) {
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const parsed = parseSeconds(String(given));
    if (parsed !== undefined && parsed >= least && parsed <= most) return parsed;
    context.addIssue({
      code: 'custom',
      message: `must be a time from ${String(least)}s to ${String(most)}s, such as 5s or 2m`,
    });
    return z.NEVER;
  });
}

/** A size in bytes, within limits; from `4GB`, `512MiB` or a number of bytes. */
function bytes(least: string, most: string) {
  const [low = 0, high = 0] = [parseBytes(least), parseBytes(most)];
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const parsed = parseBytes(String(given));
    if (parsed !== undefined && parsed >= low && parsed <= high) return parsed;
    context.addIssue({ code: 'custom', message: `must be a size from ${least} to ${most}, such as 4GB` });
    return z.NEVER;
  });
}

/** A number; the environment and flags give it as text. */
function number(least: number, most: number, whole = false) {
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const parsed = typeof given === 'number' ? given : given.trim() === '' ? NaN : Number(given);
    if (parsed >= least && parsed <= most && (!whole || Number.isInteger(parsed))) return parsed;
    const kind = whole ? 'a whole number' : 'a number';
    context.addIssue({ code: 'custom', message: `must be ${kind} from ${String(least)} to ${String(most)}` });
    return z.NEVER;
  });
}

const port = () => number(1, 65_535, true);
const path = z.string().min(1, 'must be a path');

const coins = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((pair) => pair.trim().toUpperCase()))
  .superRefine((pairs, context) => {
    if (pairs.length === 0) context.addIssue({ code: 'custom', message: 'needs at least one pair, such as BTC/USD' });
    for (const pair of pairs) {
      if (!pairPattern.test(pair))
        context.addIssue({ code: 'custom', message: `${pair || '(empty)'} is not a pair such as BTC/USD` });
    }
    const twice = pairs.find((pair, at) => pairs.indexOf(pair) !== at);
    if (twice !== undefined) context.addIssue({ code: 'custom', message: `${twice} occurs twice` });
  });

const source = z.string().transform((given, context) => {
  if (['auto', 'alpaca', 'simulate'].includes(given) || /^replay:.+/.test(given)) return given;
  const named = exchangesOf(given);
  const twice = named?.find((name, at) => named.indexOf(name) !== at);
  if (named !== undefined && twice === undefined) return named.join(',');
  const form = `must be auto, alpaca, simulate, replay:FILE, or one or several of ${exchanges.join(', ')}`;
  context.addIssue({ code: 'custom', message: twice === undefined ? form : `${twice} occurs twice` });
  return z.NEVER;
});

/** Yes or no; the environment and flags give it as text. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((given) => given === 'true')]);

const access = z.enum(['credential', 'open'], 'must be credential or open');

/** The first part of every name in the account; the names of buckets allow no more characters. */
const prefix = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,18}[a-z0-9]$/,
    'must be 3 to 20 of a-z, 0-9 and -, starting with a letter, such as acme-lake',
  );

const streamUrl = z.url({ protocol: /^wss?$/, message: 'must be an address that starts with ws:// or wss://' });

const url = z.url({ protocol: /^https?$/, message: 'must be an address that starts with http:// or https://' });

const commandForm = 'must be a list, such as ["notify-send", "lake"]';

/** A program and its arguments; in the environment as JSON, because text can't be split as a shell would do it. */
const command = z.preprocess(
  (given) => (typeof given === 'string' ? parseJson(given) : given),
  z
    .array(z.string(commandForm), commandForm)
    .refine(([program = '']) => program !== '', 'must begin with a program, such as ["notify-send", "lake"]'),
);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const tree = z.strictObject({
  target: z.enum(['local', 'aws']),
  coins,
  renamed: renames,
  source,
  quotes: z.strictObject({
    poll: seconds(1, 3600),
    history: seconds(0, 7 * 24 * 3600),
    rate: number(0, 100_000),
    speed: number(0.01, 1_000_000),
    seed: number(0, 2 ** 31, true),
  }),
  trades: z.strictObject({
    rate: number(0, 100_000),
    users: number(1, 1_000_000, true),
    seed: number(0, 2 ** 31, true),
  }),
  /** the exchanges whose trades can be taken; `bars`: which of them makes the bars of a coin, else the first one in `source` */
  market: z.strictObject({
    coinbase: z.strictObject({ stream: streamUrl, url }),
    kraken: z.strictObject({ stream: streamUrl, url }),
    alpaca: z.strictObject({ stream: streamUrl }),
    bars: barChoices,
    /** days; 0: for ever */
    keep: number(0, 36_500, true),
  }),
  triggers: z.strictObject({
    quotes: seconds(0.1, 3600),
    trades: seconds(0.1, 3600),
    market: seconds(0.1, 3600),
    search: seconds(0.1, 3600),
    layers: seconds(0.1, 3600),
  }),
  /** `topics`: seconds; 0: before each acknowledgement */
  durability: z.strictObject({ topics: seconds(0, 3600) }),
  /** of each topic that tables or index read. `size`: bytes; `partitions`: never changes once the topics exist */
  topics: z.strictObject({ size: bytes('8MB', '100000GB'), partitions: number(1, 64, true) }),
  /** records that a batch has room for, for each second of its trigger; see `batchSize` */
  batches: z.strictObject({ tables: number(100, 1_000_000, true), search: number(100, 1_000_000, true) }),
  /** `cores`: tasks at the same time of all stream jobs on this machine */
  spark: z.strictObject({ cores: number(1, 256, true) }),
  ports: z.strictObject({ kafka: port(), controller: port(), elasticsearch: port(), dashboard: port() }),
  /** who may use a server: clients with the credential of the lake, or everybody on this machine */
  access: z.strictObject({ broker: access, search: access, dashboard: access }),
  memory: z.strictObject({
    kafka: number(96, 65_536, true),
    elasticsearch: number(96, 65_536, true),
    spark: number(256, 262_144, true),
    producer: number(24, 4096, true),
  }),
  /** `artifacts`: folder with the jars of the servers, in the layout of a Maven repository; absent: Maven fetches them */
  paths: z.strictObject({ data: path, cache: path, artifacts: path.optional() }),
  terminal: z.strictObject({ pager: flag }),
  alpaca: z.strictObject({ url, keys: path.optional() }),
  coinapi: z.strictObject({ url }),
  /** where messages go when an alarm of a lake on this machine begins and ends */
  alerts: z.strictObject({ webhook: url.optional(), command: command.optional() }),
  aws: z.strictObject({
    prefix: prefix.optional(),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1'),
    profile: z.string().optional(),
    email: z.email('must be an e-mail address').optional(),
    /** the only address that may use SSH; absent: the public address of this machine */
    caller: z.ipv4('must be an address such as 203.0.113.7').optional(),
    /** first part of every database name; two lakes in one account and region need it */
    databasePrefix: z.string().regex(/^([a-z][a-z0-9_]{0,20}_)?$/, 'must be empty or end in _, such as acme_'),
    /** 0: no end */
    timeToLive: seconds(0, 30 * 86_400),
    state: z.enum(['s3', 'local']),
    /** US dollars a month, 0: no budget */
    monthlyBudget: number(0, 1_000_000),
    queryLimitGb: number(0.01, 100_000),
    macie: flag,
    crawler: flag,
    /** what does the weekly maintenance of the tables */
    upkeep: z.enum(['athena', 'glue', 'emr'], 'must be athena, glue or emr'),
    brokers: z.strictObject({
      type: z.string(),
      /** as MSK names it; with `.kraft` the brokers need no ZooKeeper */
      version: z
        .string()
        .regex(
          /^\d+\.\d+\.[0-9a-z]+(\.[a-z0-9]+)?$/,
          'must be a version as MSK names it, such as 3.8.x or 3.9.x.kraft',
        ),
      count: number(1, 30, true),
      storageGb: number(1, 16_384, true),
    }),
    /** where the producers run */
    producers: z.enum(['host', 'fargate'], 'must be host or fargate'),
    /** of tasks of Fargate; `image`: a published one, absent: one is built here and pushed to a repository of the lake */
    containers: z.strictObject({
      architecture: z.enum(['amd64', 'arm64'], 'must be amd64 or arm64'),
      image: z
        .string()
        .regex(
          /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)+(:[\w.-]+|@sha256:[0-9a-f]{64})$/i,
          'must be an image with its tag or digest',
        )
        .optional(),
    }),
    /** `sshTimeout`: seconds that a new host may take to answer */
    host: z.strictObject({
      type: z.string(),
      sshTimeout: seconds(1, 3600),
      connection: z.enum(['ssh', 'session-manager'], 'must be ssh or session-manager'),
    }),
    emr: z.strictObject({
      /** 7.12 is the first release whose Iceberg (1.10) has what the jobs commit with */
      release: z
        .string()
        .regex(
          /^emr-7\.(1[2-9]|[2-9]\d)\.\d+$/,
          'must be a release of EMR 7 from emr-7.12.0 on; earlier ones bring an older Iceberg',
        ),
      primary: z.string(),
      core: z.string(),
      coreCount: number(1, 100, true),
      /** of each stream job; absent: as `executorsOf` says */
      executors: number(1, 400, true).optional(),
      executorCores: number(1, 64, true),
      /** heap, MB */
      executorMemory: number(512, 262_144, true),
    }),
    /** how often each stream job commits; requests to S3 cost money */
    triggers: z.strictObject({ tables: seconds(1, 3600), search: seconds(1, 3600), layers: seconds(1, 3600) }),
  }),
  elastic: z.strictObject({
    /** an existing cluster; absent: Elastic Cloud */
    url: url.optional(),
    cloud: z.strictObject({
      /** absent: that of the lake */
      region: z.string().optional(),
      version: z
        .string("must be in quotation marks, such as '8.19'")
        .regex(/^\d+\.\d+(\.\d+)?$/, 'must be a version such as 8.19 or 8.19.5'),
      size: z.string(),
    }),
  }),
});

export const settingsSchema = tree.superRefine(({ target, source, market, aws, ports, topics }, context) => {
  const named = Object.entries(ports);
  for (const [at, [name, port]] of named.entries()) {
    const other = named.slice(0, at).find(([, taken]) => taken === port)?.[0];
    if (other === undefined) continue;
    context.addIssue({
      code: 'custom',
      path: ['ports', name],
      message: `must be another port than that of ports.${other}`,
    });
  }
  const message = wrongBarChoice(source, market.bars);
  if (message !== undefined) context.addIssue({ code: 'custom', path: ['market', 'bars'], message });
  const { executors = 1, executorCores } = aws.emr;
  if (target === 'aws' && (executors - 1) * executorCores >= topics.partitions) {
    const tasks = `${String(executors)} x ${String(executorCores)} tasks at the same time, and a topic has ${String(topics.partitions)} partitions`;
    const reason = `${tasks} (topics.partitions), each read by one task: some executors would never have work`;
    context.addIssue({ code: 'custom', path: ['aws', 'emr', 'executors'], message: reason });
  }
  if (target === 'aws' && aws.producers === 'fargate' && source.startsWith('replay:')) {
    const reason =
      'a task of Fargate has no disk with a recording: set aws.producers to host, or choose another source';
    context.addIssue({ code: 'custom', path: ['source'], message: reason });
  }
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;

/** Settings from one source: any part of the tree, unchecked. */
export type RawSettings = Record<string, unknown>;
