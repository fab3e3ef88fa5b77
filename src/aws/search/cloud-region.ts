import { Fault } from '../../errors.ts';

/**
 * Regions of AWS in which Elastic Cloud has deployments, as AWS names them. Those of the first line have the same name there, the others
 * have `aws-` in front: https://www.elastic.co/guide/en/cloud/current/ec-reference-regions.html
 */
const sameName = [
  ...[
    'us-east-1',
    'us-west-1',
    'us-west-2',
    'eu-west-1',
    'ap-northeast-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'sa-east-1',
  ],
];
const withPrefix = [
  ...[
    'us-east-2',
    'ca-central-1',
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
    'eu-west-2',
    'eu-west-3',
  ],
  ...['af-south-1', 'ap-east-1', 'ap-northeast-2', 'ap-south-1', 'me-south-1'],
];

/** Elastic Cloud's name of a region of AWS; undefined where it has no deployments. */
export function cloudRegionOf(region: string): string | undefined {
  if (sameName.includes(region)) return region;
  return withPrefix.includes(region) ? `aws-${region}` : undefined;
}

/**
 * Where the deployment is, or is to be: in the region of the lake, because traffic between regions is slow and costs money.
 * @param given the setting `elastic.cloud.region`
 * @param standing region of the deployment that exists: another one would replace it, with the index in it
 * @throws Fault of kind `settings` for a region that is not the lake's, and where Elastic Cloud has none there
 */
export function chooseCloudRegion(
  region: string,
  { given, standing }: { given: string | undefined; standing: string | undefined },
): string {
  const own = cloudRegionOf(region);
  const where = 'elastic.cloud.region';
  if (standing !== undefined && (given === undefined || given === standing)) return standing;
  if (given !== undefined && own !== undefined && given !== own) {
    throw new Fault('settings', `the lake is in ${region}, and its index would be in "${given}" of Elastic Cloud`, {
      where,
      next: `Remove "elastic.cloud.region" from the settings, or set it to "${own}".`,
    });
  }
  const chosen = given ?? own;
  if (chosen !== undefined) return chosen;
  throw new Fault('settings', `Elastic Cloud has no region at ${region}`, {
    where,
    next: 'Set "elastic.cloud.region" in cryptodm.yaml to the nearest one, such as "us-east-1" or "aws-eu-central-1", or choose another "aws.region".',
  });
}
