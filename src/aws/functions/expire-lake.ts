import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { readIntent, writeIntent, type Intent } from '../services/intent.ts';
import { listTagged } from '../services/sweep.ts';
import { publishAlert } from './alert.ts';
import {
  endAddresses,
  endCluster,
  endHost,
  endNatGateways,
  endSchedules,
  endSearch,
  endServices,
  endStream,
  type Ended,
  type Remainder,
} from './hourly-resources.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';

/** `ignored`: why nothing was looked at. */
export type ExpiredLake = { deleted: string[]; left: Remainder[]; kept: string[] } | { ignored: string };

/** A person gives nothing and means now; the schedule names the end that it was made for. */
const eventSchema = z.object({ expiresAt: z.string().optional() });

/** A gateway takes a few minutes to end; the function has ten. */
const addressesWithinMs = 8 * 60_000;

/** What still costs money, by what it stores; everything else that is kept is free while it is not used. */
const billing: [RegExp, string][] = [
  [/^arn:[\w-]+:s3:::/, 'storage'],
  [/:secretsmanager:/, '0.40 dollars a month each'],
  [/:kms:.*:key\//, '1 dollar a month each'],
  [/:cloudwatch:.*:alarm:/, '0.10 dollars a month each'],
  [/:cloudwatch:.*:dashboard\/|:cloudwatch::.*:dashboard\//, '3 dollars a month each beyond the third'],
  [/:logs:/, 'storage'],
  [/:ecr:/, 'storage'],
  [/:ec2:.*:volume\//, 'storage'],
  [/:ec2:.*:elastic-ip\//, '0.005 dollars an hour each'],
  [/:ec2:.*:vpc-endpoint\//, 'by the hour unless it is a gateway endpoint'],
];

/**
 * Ends what costs by the hour; buckets, catalog and secrets stay, so that the next `up` continues with the same tables. The schedule calls it
 * again every 15 minutes: what can't be ended now is ended then, and once nothing is left it does nothing.
 */
export async function expireLake(lake: LakeEnvironment, event: unknown): Promise<ExpiredLake> {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw new Fault('usage', `the event is wrong: ${z.prettifyError(parsed.error)}`);
  const { expiresAt } = parsed.data;
  const intent = await readIntent(lake.connection, lake.artifacts);
  const reason = expiresAt === undefined ? undefined : notMeant(intent, expiresAt);
  if (reason !== undefined) return { ignored: reason };
  const now = new Date().toISOString();
  const wanted: Intent = { madeAt: intent?.madeAt ?? now, expiresAt: intent?.expiresAt ?? expiresAt };
  // First, so that nobody is alarmed by what ends now.
  await writeIntent(lake.connection, lake.artifacts, { ...wanted, left: intent?.left });

  const cluster = lake.variable('CLUSTER_NAME') ?? `${lake.lake}-jobs`;
  const all: Ended[] = [
    await endSchedules(lake),
    await endCluster(lake, cluster),
    await endHost(lake),
    await endServices(lake),
    await endStream(lake, `${lake.lake}-stream`),
    await endNatGateways(lake),
    await endSearch(lake),
  ];
  let addresses = await endAddresses(lake);
  const released = [...addresses.deleted];
  if (addresses.waiting > 0) {
    await awaitAnswer(
      async () => {
        addresses = await endAddresses(lake);
        released.push(...addresses.deleted);
        return addresses.waiting === 0 ? true : undefined;
      },
      { withinMs: addressesWithinMs, everyMs: 5000 },
    );
  }
  const deleted = [...all.flatMap((ended) => ended.deleted), ...released];
  const left = [...all.flatMap((ended) => ended.left), ...addresses.left];
  const gone = new Set(deleted);
  const tagged = await listTagged(lake.connection, { project: 'crypto-lake', lake: lake.lake });
  const kept = tagged.map(({ arn }) => arn).filter((arn) => !gone.has(arn));

  const named = left.map(({ what }) => what);
  const isNew = deleted.length > 0 || intent?.left?.join() !== named.join();
  if (isNew) await publishAlert(lake, subjectOf(left), report({ deleted, left, kept: kept.sort() }));
  await writeIntent(lake.connection, lake.artifacts, {
    ...wanted,
    left: named,
    ...(left.length === 0 ? { endedAt: new Date().toISOString() } : {}),
  });
  return { deleted, left, kept };
}

/** Why an end that was planned for that time is not meant any more. */
function notMeant(intent: Intent | undefined, expiresAt: string): string | undefined {
  if (intent === undefined) return undefined;
  if (intent.expiresAt !== expiresAt) return `the lake ends ${intent.expiresAt ?? 'never'}, and not ${expiresAt}`;
  return intent.endedAt === undefined ? undefined : `it has ended at ${intent.endedAt}`;
}

function subjectOf(left: Remainder[]): string {
  const ended = 'its time to live has ended';
  return left.length === 0 ? ended : `${ended}, and ${String(left.length)} of its parts could not be ended yet`;
}

function report({ deleted, left, kept }: { deleted: string[]; left: Remainder[]; kept: string[] }): string[] {
  const open = new Set(left.map(({ what }) => what));
  const bills = kept.flatMap((arn) => {
    const found = open.has(arn) ? undefined : billing.find(([pattern]) => pattern.test(arn));
    return found === undefined ? [] : [`  ${arn} (${found[1]})`];
  });
  return [
    ...(left.length === 0
      ? []
      : [
          'Not ended yet; it is tried again every 15 minutes:',
          ...left.map(({ what, why }) => `  ${what}: ${why}`),
          '',
        ]),
    ...(deleted.length === 0 ? [] : ['Ended:', ...deleted.map((what) => `  ${what}`)]),
    ...(deleted.length === 0 && left.length === 0 ? ['There was nothing to end.'] : []),
    '',
    'Still there and billed:',
    ...(bills.length === 0 ? ['  nothing'] : bills),
    '',
    '"cryptodm up" makes the rest again, with the same tables; "cryptodm down" removes everything.',
  ];
}

export const handler = handle(expireLake);
