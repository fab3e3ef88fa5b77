import { Fault } from '../../errors.ts';

/** Ids of zones without current instance types. */
export const leftOutZones = ['use1-az3'];

/** A lake spans this many zones where the region has them. */
export const wantedZones = 3;

/**
 * How many zones the lake spans: MSK wants its subnets in different zones, and the same number of brokers in each.
 * @param zones names of the zones that the account may use; undefined when that is not known
 * @param standing zones of the lake where it exists: a zone that opens later must not move its brokers
 * @throws Fault of kind `settings` when the brokers can't be spread over the zones of the region
 */
export function chooseZones(
  zones: readonly string[] | undefined,
  { region, brokers, standing }: { region: string; brokers: number; standing: number | undefined },
): number {
  if (standing !== undefined) return standing;
  const known = Math.min(wantedZones, zones?.length ?? wantedZones);
  // Two brokers need only two of the zones.
  if (known >= 2 && (known === wantedZones || brokers % known === 0)) return known;
  throw new Fault(
    'settings',
    `${region} has ${String(known)} zone${known === 1 ? '' : 's'} for this account, over which MSK can’t spread ${String(brokers)} brokers evenly`,
    {
      where: 'aws.brokers.count',
      next:
        known < 2
          ? 'Choose another region ("aws.region" in cryptodm.yaml).'
          : 'Set "aws.brokers.count" to 2 or 4 in cryptodm.yaml, or choose a region with three zones ("aws.region").',
    },
  );
}

/** All zones of a lake by their numbers, in the order in which they are tried after one of them. */
export function zonesAfter(zone: number, zones: number): number[] {
  return Array.from({ length: zones }, (_, at) => (zone + 1 + at) % zones);
}
