import * as z from 'zod';
import { alarmIds } from '../../lake/alarms.ts';
import { layers } from '../names.ts';

const file = z.strictObject({
  /** absolute path on this machine */
  path: z.string(),
  /** in hex */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What the constructs are told: everything that is the lake's or the user's, nothing that they can know themselves. Never a secret. */
export const deploymentSchema = z.strictObject({
  version: z.literal(1),
  /** `P` of `docs/contracts.md`, in front of every name */
  prefix: z.string().regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/),
  region: z.string(),
  accountId: z.string().regex(/^\d{12}$/),
  /** `data`: only what `down --keep-data` leaves: buckets, catalog, workgroup */
  extent: z.enum(['whole', 'data']),
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('s3'), bucket: z.string() }),
    /** `path` is an absolute folder; the file is `<stack>.tfstate` */
    z.strictObject({ kind: z.literal('local'), path: z.string() }),
  ]),
  /** receives alarms; absent: the topic has no subscriber */
  email: z.string().optional(),
  /** the caller's own address, `a.b.c.d/32`: the only one that may use SSH */
  callerCidr: z.string().regex(/\/32$/),
  /** in OpenSSH's form */
  publicKey: z.string(),
  /** end of the time to live, UTC, `2026-11-22T22:00:00Z`; absent: none */
  expiresAt: z.iso.datetime().optional(),
  databases: z.array(z.strictObject({ name: z.string(), layer: z.enum(layers) })),
  topics: z.array(
    z.strictObject({ id: z.string(), name: z.string(), partitions: z.number(), retentionDays: z.number() }),
  ),
  tables: z.array(z.strictObject({ name: z.string() })),
  /** `topic` is absent of a job that reads tables */
  jobs: z.array(z.strictObject({ id: z.string(), title: z.string(), jar: z.string(), topic: z.string().optional() })),
  /** from the lake's schedules, in EventBridge's words, such as `rate(1 day)` or `cron(0 4 ? * SUN *)` */
  schedules: z.strictObject({ icons: z.string(), optimize: z.string() }),
  /** the lake's alarms with their limits in an account; a deployment from before there were any may still be taken down */
  alarms: z
    .array(
      z.strictObject({
        id: z.enum(alarmIds),
        title: z.string(),
        severity: z.enum(['critical', 'warning']),
        threshold: z.number(),
        holdSeconds: z.number(),
      }),
    )
    .default([]),
  /** jars by file name, all of them */
  jars: z.record(z.string(), file),
  /** zip or jar of each function, `create-tables` ... */
  functions: z.record(z.string(), file),
  /** zip with `privateKey.pem` and `certificateChain.pem`, by which EMR's nodes speak TLS; absent: they speak in the clear */
  certificates: file.optional(),
  coinapiUrl: z.string(),
  sizes: z.strictObject({
    brokerType: z.string(),
    brokers: z.number(),
    brokerStorageGb: z.number(),
    hostType: z.string(),
    emrRelease: z.string(),
    primaryType: z.string(),
    coreType: z.string(),
    coreCount: z.number(),
  }),
  macie: z.enum(['create', 'adopt', 'off']),
  crawler: z.boolean(),
  /** US dollars a month; absent: no budget */
  monthlyBudget: z.number().optional(),
  /** most bytes that one query may scan */
  queryBytesLimit: z.number(),
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
