import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { databaseOf } from '../../lake/databases.ts';
import { defaultSettings } from '../../settings/defaults.ts';
import { deploymentSchema, type Deployment } from './deployment.ts';

/** What version 1 had in other places: sizes and limits under names of their own. The rest is as in version 2. */
const version1 = z.looseObject({
  version: z.literal(1),
  prefix: z.string(),
  region: z.string(),
  email: z.string().optional(),
  state: z.looseObject({ kind: z.enum(['s3', 'local']) }),
  databases: z.array(z.object({ name: z.string(), layer: z.string() })),
  /** the first deployments had none */
  alarms: z.array(z.unknown()).default([]),
  sizes: z.object({
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
  /** absent: no budget */
  monthlyBudget: z.number().optional(),
  queryBytesLimit: z.number(),
  expiresAt: z.string().optional(),
});

/**
 * A stored deployment in today's shape, whichever version wrote it.
 * @param timeToLive seconds that were set when a deployment of version 1 was written, where that is known
 * @throws Fault of kind `settings` when it is none, or a later version wrote it
 */
export function readDeployment(stored: unknown, where: string, timeToLive?: number): Deployment {
  const version = (stored as { version?: unknown } | null)?.version;
  const first = version === 1 ? version1.safeParse(stored) : undefined;
  const read = deploymentSchema.safeParse(first?.success === true ? fromVersion1(first.data, timeToLive) : stored);
  if (read.success && first?.success !== false) return read.data;
  if (typeof version === 'number' && version > 2) {
    throw new Fault('settings', `a later version of cryptodm wrote the deployment (version ${String(version)})`, {
      where,
      next: 'Update cryptodm, then run the same command.',
    });
  }
  const error = first?.error ?? read.error;
  throw new Fault(
    'settings',
    `this is not a deployment of a lake:\n${error === undefined ? '' : z.prettifyError(error)}`,
    {
      where,
      next: 'Run the command with the version of cryptodm that deployed this lake.',
      cause: error,
    },
  );
}

/** Settings that version 1 did not keep have their defaults: the constructs do not read them. */
function fromVersion1(stored: z.infer<typeof version1>, timeToLive: number | undefined): unknown {
  const { prefix, region, email, state, sizes, macie, crawler, monthlyBudget, queryBytesLimit, ...same } = stored;
  const defaults = defaultSettings({}, '')['aws'] as { timeToLive: string; host: object; triggers: object };
  const bronze = stored.databases.find(({ layer }) => layer === 'bronze')?.name ?? '';
  return {
    ...same,
    version: 2,
    aws: {
      prefix,
      region,
      ...(email === undefined ? {} : { email }),
      databasePrefix: bronze.slice(0, Math.max(0, bronze.length - databaseOf('bronze', '').length)),
      timeToLive: timeToLive ?? (stored.expiresAt === undefined ? 0 : defaults.timeToLive),
      state: state.kind,
      monthlyBudget: monthlyBudget ?? 0,
      queryLimitGb: queryBytesLimit / 1e9,
      macie: macie !== 'off',
      crawler,
      brokers: { type: sizes.brokerType, count: sizes.brokers, storageGb: sizes.brokerStorageGb },
      host: { ...defaults.host, type: sizes.hostType },
      emr: {
        release: sizes.emrRelease,
        primary: sizes.primaryType,
        core: sizes.coreType,
        coreCount: sizes.coreCount,
      },
      triggers: defaults.triggers,
    },
    backend: state,
    macieSession: macie,
  };
}
