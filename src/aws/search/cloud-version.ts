import { Fault } from '../../errors.ts';

/**
 * The version of Elasticsearch that the deployment has, or is to have.
 * @param wanted the setting: a whole version, or the first two numbers, which mean the newest of them that is offered
 * @param offered versions that Elastic Cloud makes deployments with
 * @param standing version of the deployment that exists, which stays as long as it is one of those wanted
 * @throws Fault of kind `settings` when none of them is offered
 */
export function chooseCloudVersion(
  wanted: string,
  { offered, standing }: { offered: readonly string[]; standing: string | undefined },
): string {
  const fits = (version: string) => version === wanted || version.startsWith(`${wanted}.`);
  if (standing !== undefined && fits(standing)) return standing;
  const [newest] = offered.filter((version) => released.test(version) && fits(version)).sort(newestFirst);
  if (newest !== undefined) return newest;
  const [latest] = offered.filter((version) => released.test(version) && isOfMajor(version, wanted)).sort(newestFirst);
  throw new Fault('settings', `Elastic Cloud offers no Elasticsearch ${wanted}`, {
    where: 'elastic.cloud.version',
    next: `Set "elastic.cloud.version" in cryptodm.yaml to "${(latest ?? '8.19').split('.').slice(0, 2).join('.')}".`,
  });
}

const released = /^\d+\.\d+\.\d+$/;

function isOfMajor(version: string, wanted: string): boolean {
  return version.split('.')[0] === wanted.split('.')[0];
}

function newestFirst(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  const at = (a ?? []).findIndex((number, place) => number !== b?.[place]);
  return at < 0 ? 0 : (b?.[at] ?? 0) - (a?.[at] ?? 0);
}
