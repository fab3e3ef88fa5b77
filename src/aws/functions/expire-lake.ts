import { awaitAnswer } from '../../tools/waiting.ts';
import { listTagged } from '../services/sweep.ts';
import { publishAlert } from './alert.ts';
import { endAddresses, endCluster, endHost, endNatGateways, endStream } from './hourly-resources.ts';
import type { LakeEnvironment } from './environment.ts';
import { handle } from './handler.ts';

export interface ExpiredLake {
  deleted: string[];
  kept: string[];
}

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
  [/:ec2:.*:volume\//, 'storage'],
  [/:ec2:.*:elastic-ip\//, '0.005 dollars an hour each'],
  [/:ec2:.*:vpc-endpoint\//, 'by the hour unless it is a gateway endpoint'],
];

/** Ends what costs by the hour; buckets, catalog and secrets stay, so that the next `up` continues with the same tables. */
export async function expireLake(lake: LakeEnvironment): Promise<ExpiredLake> {
  const cluster = lake.variable('CLUSTER_NAME') ?? `${lake.lake}-jobs`;
  const deleted = [
    ...(await endCluster(lake, cluster)),
    ...(await endHost(lake)),
    ...(await endStream(lake, `${lake.lake}-stream`)),
    ...(await endNatGateways(lake)),
  ];
  await awaitAnswer(
    async () => {
      const { released, held } = await endAddresses(lake);
      deleted.push(...released);
      return held === 0 ? true : undefined;
    },
    { withinMs: addressesWithinMs, everyMs: 5000 },
  );
  const gone = new Set(deleted);
  const tagged = await listTagged(lake.connection, { project: 'crypto-lake', lake: lake.lake });
  const kept = tagged.map(({ arn }) => arn).filter((arn) => !gone.has(arn));
  await publishAlert(lake, 'its time to live has ended', report(deleted, kept.sort()));
  return { deleted, kept };
}

function report(deleted: string[], kept: string[]): string[] {
  const bills = kept.flatMap((arn) => {
    const found = billing.find(([pattern]) => pattern.test(arn));
    return found === undefined ? [] : [`  ${arn} (${found[1]})`];
  });
  return [
    deleted.length === 0 ? 'Nothing that costs by the hour was left.' : 'Ended:',
    ...deleted.map((arn) => `  ${arn}`),
    '',
    'Still there and billed:',
    ...(bills.length === 0 ? ['  nothing of this account'] : bills),
    '  a deployment of Elastic Cloud, if the lake has one: it bills by the hour',
    '',
    '"cryptodm up" makes the rest again, with the same tables; "cryptodm down" removes everything.',
  ];
}

export const handler = handle(expireLake);
