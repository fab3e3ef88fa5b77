import { Fault } from './errors.ts';
import type { CandleDifference } from './lake/candle-differences.ts';
import type { GapsRequest } from './lake/gap-listing.ts';
import type { Gap } from './lake/gaps.ts';
import type { OptimizeOptions } from './lake/maintenance.ts';
import type { OpenTool, Snippet } from './lake/snippet.ts';
import type { MarketRequest, TradeGaps } from './lake/trade-gap-listing.ts';
import type { RawSettings, Settings } from './settings/schema.ts';
import type { ChosenSettings } from './settings/template.ts';
import type { Finding } from './toolchain/examination.ts';
import type { QueryOutcome, QuerySink } from './tools/sql/types.ts';
import type { Work } from './work.ts';

/** The port: what a command asks of a lake, the same wherever the lake runs. Each target implements the verbs it has and gives a reason for the others. */
export interface LakeVerbs {
  up: (options: UpRequest) => Promise<Answer>;
  plan: (options: { produce: boolean }) => Promise<Answer>;
  down: (options: { keepData: boolean }) => Promise<Answer>;
  status: () => Promise<Answer>;
  /** @returns figures in the text format of Prometheus */
  metrics: () => Promise<string>;
  /** @returns a link that opens the dashboard once, as soon as it answers */
  dashboard: () => Promise<string>;
  /** what a user pastes to read the lake with a tool */
  snippet: (tool: OpenTool) => Promise<Snippet>;
  /** One statement. Hands the rows to the sink as they come. */
  query: (request: QueryRequest, sink: QuerySink) => Promise<QueryAnswer>;
  /** For several statements, one after the other. @param how `guarded`: nobody has looked at them, so the target bounds their time and memory itself */
  openSql: (how?: { guarded: boolean }) => Promise<SqlSession>;
  /** Writes the rows of one statement as Parquet. @returns how many */
  exportParquet: (request: ParquetRequest) => Promise<number>;
  produce: (request: ProduceRequest) => Promise<Answer>;
  trade: (request: TradeRequest) => Promise<Answer>;
  logs: (request: LogRequest) => Promise<{ remark?: string }>;
  /** parts that `logs` knows here */
  logParts: () => Promise<string[]>;
  gaps: (request: GapsRequest) => Promise<Gap[]>;
  /** ids that are missing in the trades of exchanges */
  tradeGaps: (request: MarketRequest) => Promise<TradeGaps>;
  /** minutes whose bar differs from the exchange's own candle */
  candleDifferences: (request: MarketRequest) => Promise<CandleDifference[]>;
  backfill: (request: BackfillRequest) => Promise<Answer>;
  /** Fetches trades of exchanges that the lake lacks. */
  backfillTrades: (request: TradeBackfillRequest) => Promise<Answer>;
  optimize: (request: OptimizeRequest) => Promise<Answer>;
  createTables: () => Promise<CreatedTable[]>;
  repairTables: (request: RepairRequest) => Promise<Answer>;
  /** Notes that what other engines have committed to tables is wanted. */
  acceptCommits: (request: Pick<RepairRequest, 'tables'>) => Promise<Answer>;
  /** @param task `rebuild` rebuilds the index; `fill` fills one that was made again and lacks rows of the table */
  rebuildIndex: (task: 'rebuild' | 'fill') => Promise<Answer>;
  refreshAssets: () => Promise<RefreshedAssets>;
  /** every lake that runs on this machine */
  lakes: () => Promise<Answer>;
  doctor: () => Promise<Finding[]>;
  /** Fetches and builds what this target needs of this machine. */
  setup: () => Promise<Answer>;
  /** the stream jobs, where they can be handled one by one */
  jobs: () => Promise<LakeJobs>;
  functions: () => Promise<LakeFunctions>;
  secrets: () => Promise<LakeSecrets>;
}

export type Verb = keyof LakeVerbs;

/** What `up` suggests once the lake is there. */
export const firstQuery =
  'Try:  cryptodm query "select start_window, asset_id, price_crypto, volume from crypto_db.crypto_quote order by 1 desc limit 5"';

/** Why a target has no such verb, and what to do instead. */
export interface Lack {
  why: string;
  next: string;
}

/** A lake on one target. Every verb is either there or lacking with a reason; `defineTarget` lets the compiler check that. */
export interface LakeTarget {
  /** where the lake is, as messages say it: `on this machine` */
  place: string;
  /** how often `status --watch` looks again */
  statusEveryMs: number;
  /** what `init` asks for, beyond what every lake needs */
  questions: readonly Question[];
  /** the files by which a host of repositories plans, starts and takes down the lake, or why there are none */
  pipeline: ((settings: Settings, request: PipelineRequest) => Promise<readonly PipelineFile[]>) | Lack;
  open: (work: TargetWork) => Partial<LakeVerbs>;
  lacks: Partial<Record<Verb, Lack>>;
}

/** Checks that a target explains every verb it does not have. */
export function defineTarget<Lacking extends Verb>(
  target: Omit<LakeTarget, 'open' | 'lacks'> & {
    open: (work: TargetWork) => Omit<LakeVerbs, Lacking>;
    lacks: Record<Lacking, Lack>;
  },
): LakeTarget {
  return target;
}

/**
 * A verb of a lake.
 * @param command as the person called it, for the message
 * @throws Fault of kind `usage` when the target does not have it
 */
export function requireVerb<V extends Verb>(
  target: LakeTarget,
  work: TargetWork,
  verb: V,
  command: string,
): LakeVerbs[V] {
  const { why = 'it is not implemented there', next } = target.lacks[verb] ?? {};
  const found = target.lacks[verb] === undefined ? target.open(work)[verb] : undefined;
  if (found !== undefined) return found;
  throw new Fault('usage', `"${command}" does not work for a lake ${target.place}: ${why}`, { where: 'target', next });
}

/** What a verb works with. */
export interface TargetWork extends Work {
  person: Person;
}

/** The user who called the command, as far as a verb may talk to them. */
export interface Person {
  /** Shows a text before a question. Left out for programs and with --quiet. */
  show: (text: string) => void;
  /** Shows what the verb waits for. Left out for programs. */
  showWaiting: (text: string) => void;
  /** @throws Fault of kind `declined` when the answer is no or nobody can be asked */
  confirm: (question: string) => Promise<void>;
  /** Asks for a name to be typed, where a yes comes too easily. @throws Fault as `confirm` */
  confirmName: (question: string, name: string) => Promise<void>;
  /** width of the terminal; undefined: none is there, and lines may be of any length */
  columns: number | undefined;
}

/** What a verb found or did. */
export interface Answer {
  /** for programs, one object a line */
  data: readonly unknown[];
  /** for people; nothing is printed when empty */
  text: string;
  /** the text says nothing that --quiet should show */
  minor?: boolean;
  /** 0 when absent */
  exitCode?: number;
}

export interface UpRequest {
  produce: boolean;
  /** leave producers and remembered flags as they are; on this machine only */
  repair: boolean;
  /** take free ports where the usual ones are taken */
  anyPort: boolean;
  /** flags of this run */
  flags: RawSettings;
  /** the settings file that was named */
  config: string | undefined;
}

export interface QueryRequest {
  sql: string;
  /** as a person writes it, see `parseAsOf` */
  asOf: string | undefined;
  /** it is stopped after so many; never when undefined */
  seconds: number | undefined;
  /** rows to stop after; all when undefined */
  rows: number | undefined;
  /** ends this statement only */
  signal?: AbortSignal;
}

/** What runs statement after statement: the engine stays open, and each statement sees the newest commits. */
export interface SqlSession {
  query: LakeVerbs['query'];
  /** Where a statement costs: throws a Fault of kind `query` for one that does more than read, before the first of a script runs. */
  check?: (sql: string) => Promise<void>;
  close: () => Promise<void>;
}

export interface ParquetRequest extends Omit<QueryRequest, 'rows' | 'signal'> {
  /** where it is written: an existing file, or an empty folder, which then gets a folder `day=...` for each day */
  path: string;
  byDay: boolean;
}

export interface QueryAnswer extends QueryOutcome {
  /** what it cost, for --verbose */
  cost?: string;
}

export type ProducerId = 'quotes' | 'trades';

export interface ProduceRequest {
  /** both when undefined */
  which: ProducerId | undefined;
  stop: boolean;
  /** flags as they were typed, by their name without dashes */
  flags: Record<string, string | undefined>;
  /** end after so many events */
  count: string | undefined;
  /** end after so many seconds */
  duration: number | undefined;
}

export interface TradeRequest {
  type: 'BUY' | 'SELL';
  coin: string;
  /** decimal digits, as typed */
  quantity: string;
  user: string;
}

export interface LogRequest {
  /** all when undefined */
  part: string | undefined;
  follow: boolean;
  since: Date | undefined;
  write: (part: string, line: string) => void;
}

export interface BackfillRequest extends GapsRequest {
  from: string;
  /** `alpaca`: fetch the market's history also where quotes are simulated or recorded */
  source: string | undefined;
  /** also where a coin has recorded prices */
  mix: boolean;
}

export interface TradeBackfillRequest extends GapsRequest {
  from: string;
  /** exchanges, comma-separated; those that the lake follows when undefined */
  source: string | undefined;
  /** bars also where a coin has recorded prices */
  mix: boolean;
}

export interface OptimizeRequest extends OptimizeOptions {
  /** `athena` or `spark`, where there is a choice */
  via: string | undefined;
}

export interface RepairRequest {
  /** all when empty */
  tables: string[];
  dryRun: boolean;
  /** give up the rows of data files that are gone */
  forgetMissing: boolean;
}

export interface CreatedTable {
  name: string;
  action: string;
  added?: string[];
}

export interface RefreshedAssets {
  source: string;
  rows: number;
  inserted: number;
  updated: number;
}

export interface LakeJobs {
  list: () => Promise<Answer>;
  /** @param job all when undefined */
  submit: (job: string | undefined) => Promise<Answer>;
  /** @param how `now`: without an orderly end */
  cancel: (job: string, how: { now: boolean }) => Promise<Answer>;
}

export interface LakeFunctions {
  list: () => Promise<Answer>;
  /** @returns the function's answer */
  invoke: (name: string, payload: unknown) => Promise<unknown>;
}

export interface SecretField {
  name: string;
  title: string;
}

export interface LakeSecrets {
  /** what a secret consists of @throws Fault of kind `usage` for an unknown name */
  fields: (name: string) => readonly SecretField[];
  /** @returns its fields from text that a person or a program wrote */
  parse: (name: string, text: string) => Record<string, string>;
  fromEnvironment: (name: string) => Record<string, string>;
  store: (name: string, fields: Record<string, string>) => Promise<Answer>;
  list: () => Promise<Answer>;
  remove: (name: string) => Promise<Answer>;
}

/** Something that `init` asks a person for. */
export interface Question {
  key: keyof ChosenSettings;
  flag: string;
  asks: string;
  /** taken for an empty answer; absent: the setting stays out */
  otherwise?: string;
  /** nothing can be written without it: what is missing and what to type */
  required?: { message: string; next: string };
}

export interface PipelineRequest {
  /** owner and name at GitHub, as in `acme/lake` */
  repository: string;
  /** the branch whose settings the lake follows */
  branch: string;
  /** when the lake is taken down with its data kept, as cron in UTC; undefined: only by hand */
  downAt: string | undefined;
  /** of cryptodm, which the pipeline installs */
  version: string;
}

export interface PipelineFile {
  /** from the root of the repository */
  path: string;
  text: string;
}
