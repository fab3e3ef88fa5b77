import * as z from 'zod';
import { alarmIds, problemIds } from './alarms.ts';
import { pairPattern } from './pair.ts';

const identifier = z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower case letters, digits and _');

const columnType = z.string().regex(/^(string|int|long|double|boolean|date|timestamptz|binary|decimal\(\d+, \d+\))$/, {
  message: 'must be one of Iceberg’s: string, int, long, double, boolean, date, timestamptz, binary, decimal(p, s)',
});

const columnSchema = z.strictObject({
  name: identifier,
  type: columnType,
  required: z.boolean(),
  doc: z.string().min(1),
});

const tableSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'must be database.table'),
  columns: z.array(columnSchema).min(1),
  /** columns whose values make a row unique */
  identifier: z.array(identifier).min(1),
  partition: z.array(z.strictObject({ transform: z.enum(['day', 'month', 'identity']), column: identifier })),
  sort: z.array(identifier),
  properties: z.record(z.string(), z.string()),
});

const topicSchema = z.strictObject({
  id: z.enum(['quotes', 'trades', 'market', 'bad']),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** never changes once the topic exists: the order of revisions is the log of a partition */
  partitions: z.int().min(1).max(64),
  retentionDays: z.number().positive(),
});

const anyJob = {
  id: z.string().regex(/^[a-z][a-z-]*$/),
  /** title for people, such as `quotes → Iceberg` */
  title: z.string(),
  jar: z.string().endsWith('.jar'),
  mainClass: z.string(),
};

const streamJobSchema = z.strictObject({
  ...anyJob,
  kind: z.enum(['quotes-to-table', 'trades-to-table', 'market-to-table', 'quotes-to-index']),
  topic: z.enum(['quotes', 'trades', 'market']),
  table: z.string().optional(),
  badTable: z.string().optional(),
  /** table of the minutes that producers watched */
  coverageTable: z.string().optional(),
  /** tables of the holes in an exchange's trades, and of its candles that differ from ours */
  holeTable: z.string().optional(),
  candleTable: z.string().optional(),
  index: z.string().optional(),
  /** records of the largest batch where its trigger and the memory ask for no larger one */
  maxOffsetsPerTrigger: z.int().positive(),
});

const layersJobSchema = z.strictObject({
  ...anyJob,
  kind: z.literal('tables-to-layers'),
  /** tables that it reads */
  inputs: z.array(z.string()).min(1),
});

/** When something is done automatically, in UTC. */
const scheduleSchema = z.discriminatedUnion('every', [
  z.strictObject({ id: scheduleId(), every: z.literal('day'), at: clockTime() }),
  z.strictObject({
    id: scheduleId(),
    every: z.literal('week'),
    on: z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']),
    at: clockTime(),
  }),
]);

function scheduleId() {
  return z.enum(['assets', 'optimize']);
}

function clockTime() {
  return z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 05:30');
}

const alarmLimitSchema = z.strictObject({
  threshold: z.number().nonnegative(),
  unit: z.enum(['seconds', 'bytes', 'records', 'events', 'percent']),
  holdSeconds: z.number().nonnegative(),
});

const alarmSchema = z.strictObject({
  id: z.enum(alarmIds),
  title: z.string(),
  severity: z.enum(['critical', 'warning']),
  problems: z.array(z.enum(problemIds)),
  local: alarmLimitSchema.optional(),
  account: alarmLimitSchema,
});

export const lakeSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/),
    coins: z
      .array(
        z.strictObject({
          pair: z.string().regex(pairPattern, 'must look like BTC/USD'),
          /** start price of a simulation, in units of the quote currency */
          price: z.number().positive(),
        }),
      )
      .min(1, 'needs at least one coin')
      .max(5000),
    /** the later name of each coin that got one, such as MATIC to POL */
    renamed: z.record(z.string(), z.string()),
    topics: z.array(topicSchema),
    tables: z.array(tableSchema),
    views: z.array(z.strictObject({ name: z.string(), select: z.string() })),
    indexes: z.array(
      z.strictObject({ name: identifier, alias: z.string(), table: z.string(), decimals: z.enum(['double']) }),
    ),
    jobs: z.array(z.discriminatedUnion('kind', [streamJobSchema, layersJobSchema])),
    producers: z.array(
      z.strictObject({
        id: z.enum(['quotes', 'trades']),
        jar: z.string().endsWith('.jar'),
        topic: z.enum(['quotes', 'trades']),
      }),
    ),
    schedules: z.array(scheduleSchema),
    alarms: z.array(alarmSchema),
  })
  .superRefine((lake, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const topics = new Set<string>(lake.topics.map((topic) => topic.id));
    const tables = new Map(lake.tables.map((table) => [table.name, table]));
    repeated(lake.coins.map((coin) => coin.pair)).forEach((pair) => fault(['coins'], `${pair} occurs twice`));
    repeated(lake.topics.map((topic) => topic.name)).forEach((name) => fault(['topics'], `${name} occurs twice`));
    repeated(lake.tables.map((table) => table.name)).forEach((name) => fault(['tables'], `${name} occurs twice`));
    lake.tables.forEach((table, at) => {
      const columns = new Map(table.columns.map((column) => [column.name, column]));
      repeated(table.columns.map((column) => column.name)).forEach((name) =>
        fault(['tables', at, 'columns'], `column ${name} occurs twice`),
      );
      for (const name of [...table.identifier, ...table.sort, ...table.partition.map((part) => part.column)]) {
        if (!columns.has(name)) fault(['tables', at], `${table.name} has no column ${name}`);
      }
      for (const name of table.identifier) {
        if (columns.get(name)?.required === false) fault(['tables', at, 'identifier'], `${name} must be required`);
      }
    });
    lake.jobs.forEach((job, at) => {
      if (job.kind === 'tables-to-layers') {
        for (const input of job.inputs) if (!tables.has(input)) fault(['jobs', at, 'inputs'], `no table ${input}`);
        return;
      }
      if (!topics.has(job.topic)) fault(['jobs', at, 'topic'], `no topic ${job.topic}`);
      for (const table of [job.table, job.badTable, job.coverageTable, job.holeTable, job.candleTable]) {
        if (table !== undefined && !tables.has(table)) fault(['jobs', at], `no table ${table}`);
      }
      if (job.index !== undefined && !lake.indexes.some((index) => index.name === job.index)) {
        fault(['jobs', at, 'index'], `no index ${job.index}`);
      }
    });
    repeated(lake.alarms.map(({ id }) => id)).forEach((id) => fault(['alarms'], `${id} occurs twice`));
    repeated(lake.alarms.flatMap(({ problems }) => problems)).forEach((id) =>
      fault(['alarms'], `${id} raises two alarms`),
    );
    lake.alarms.forEach(({ id, problems, local }, at) => {
      if ((local === undefined) !== (problems.length === 0)) {
        fault(['alarms', at], `${id} needs both problems and a local limit, or neither`);
      }
    });
    lake.indexes.forEach((index, at) => {
      if (!tables.has(index.table)) fault(['indexes', at, 'table'], `no table ${index.table}`);
    });
  });

export type Lake = z.infer<typeof lakeSchema>;
export type Table = Lake['tables'][number];
export type Column = Table['columns'][number];
export type Job = Lake['jobs'][number];
export type Schedule = Lake['schedules'][number];
export type StreamJob = Exclude<Job, { kind: 'tables-to-layers' }>;
export type Topic = Lake['topics'][number];

function repeated(names: string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

/** Whether a job reads a topic; the others read tables. */
export function isStreamJob(job: Job): job is StreamJob {
  return job.kind !== 'tables-to-layers';
}
