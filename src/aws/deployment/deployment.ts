import * as z from 'zod';
import { alarmIds } from '../../lake/alarms.ts';
import { settingsSchema } from '../../settings/schema.ts';
import { layers } from '../../lake/databases.ts';
import { wantedZones } from './zones.ts';

const file = z.strictObject({
  /** absolute path on this machine */
  path: z.string(),
  /** in hex */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const { shape } = settingsSchema.shape.aws;
const { brokers, host, emr } = shape;

/**
 * Input of the constructs: everything that the lake or the user decides, nothing that the constructs can derive. Never a secret. The last one
 * is kept in the state bucket: a change of its shape is a new version (`migration.ts`).
 */
export const deploymentSchema = z.strictObject({
  version: z.literal(2),
  /** the settings as they were read, under the same names; `aws.prefix` is `P` of `docs/contracts.md` */
  aws: settingsSchema.shape.aws.required({ prefix: true }).extend({
    // Deployments without it have this one.
    host: host.extend({ connection: host.shape.connection.default('ssh') }),
    emr: emr.extend({
      executorCores: emr.shape.executorCores.default(1),
      executorMemory: emr.shape.executorMemory.default(512),
    }),
    upkeep: shape.upkeep.default('athena'),
    producers: shape.producers.default('host'),
    containers: shape.containers.default({ architecture: 'amd64' }),
    brokers: brokers.extend({ version: z.string().default('3.8.x') }),
  }),
  accountId: z.string().regex(/^\d{12}$/),
  /** `data`: only what `down --keep-data` leaves: buckets, catalog, workgroup */
  extent: z.enum(['whole', 'data']),
  /** where Terraform keeps its state */
  backend: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('s3'), bucket: z.string() }),
    /** `path` is an absolute folder; the file is `<stack>.tfstate` */
    z.strictObject({ kind: z.literal('local'), path: z.string() }),
  ]),
  /** how many zones of the region it spans */
  zones: z.number().int().min(2).max(wantedZones).default(wantedZones),
  /** which of them, from 0, has the nodes of the jobs' cluster: another one than the first where that had no instances left */
  jobsZone: z
    .number()
    .int()
    .min(0)
    .max(wantedZones - 1)
    .default(0),
  /** the caller's own address, `a.b.c.d/32`: the only one that may use SSH; absent: nobody may */
  callerCidr: z.string().regex(/\/32$/).optional(),
  /** of the host, in OpenSSH's form; absent: there is no host */
  publicKey: z.string().optional(),
  /** end of the time to live, UTC, `2026-11-22T22:00:00Z`; absent: none */
  expiresAt: z.iso.datetime().optional(),
  databases: z.array(z.strictObject({ name: z.string(), layer: z.enum(layers) })),
  topics: z.array(
    z.strictObject({ id: z.string(), name: z.string(), partitions: z.number(), retentionDays: z.number() }),
  ),
  tables: z.array(z.strictObject({ name: z.string() })),
  /** a job that reads tables has no `topic` */
  jobs: z.array(z.strictObject({ id: z.string(), title: z.string(), jar: z.string(), topic: z.string().optional() })),
  /** from the lake's schedules, in the syntax of EventBridge, such as `rate(1 day)` or `cron(0 4 ? * SUN *)` */
  schedules: z.strictObject({ icons: z.string(), optimize: z.string() }),
  /** the lake's alarms with their limits in an account */
  alarms: z.array(
    z.strictObject({
      id: z.enum(alarmIds),
      title: z.string(),
      severity: z.enum(['critical', 'warning']),
      threshold: z.number(),
      holdSeconds: z.number(),
    }),
  ),
  /** jars by file name, all of them */
  jars: z.record(z.string(), file),
  /** zip or jar of each function, `create-tables` ... */
  functions: z.record(z.string(), file),
  /** zip with `privateKey.pem` and `certificateChain.pem`, with which EMR's nodes speak TLS; absent: they use no TLS */
  certificates: file.optional(),
  /** the producers run in containers instead of on a host */
  containers: z
    .strictObject({
      architecture: z.enum(['amd64', 'arm64']),
      image: z.discriminatedUnion('kind', [
        /** built here and pushed to the lake's own repository under this tag */
        z.strictObject({ kind: z.literal('own'), tag: z.string().regex(/^[0-9a-f]{16}-(amd64|arm64)$/) }),
        z.strictObject({ kind: z.literal('published'), name: z.string() }),
      ]),
    })
    .optional(),
  coinapiUrl: z.string(),
  /** `create`: the lake starts the account's session and ends it; `adopt`: there is one already; `off`: Macie does not look */
  macieSession: z.enum(['create', 'adopt', 'off']),
  search: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('cloud'),
      /** region of Elastic Cloud, such as `us-east-1` or `aws-us-east-2` */
      region: z.string(),
      version: z.string(),
      /** memory of the one hot node, such as `2g` */
      size: z.string(),
    }),
    z.strictObject({ kind: z.literal('existing'), url: z.string() }),
  ]),
});

export type Deployment = z.infer<typeof deploymentSchema>;
