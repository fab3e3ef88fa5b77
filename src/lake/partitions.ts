import { Fault } from '../errors.ts';
import type { Lake } from './schema.ts';

/**
 * Refuses another number of partitions than that of the topics that exist: keys would move to other partitions, and the order of revisions is the log of
 * a partition. Only new topics can have another number, and those are a new generation.
 * @param existing partitions by topic name; topics without one may have any
 * @throws Fault of kind `settings`
 */
export function requireSamePartitions({ topics }: Pick<Lake, 'topics'>, existing: ReadonlyMap<string, number>): void {
  const [other] = topics.filter(({ name, partitions }) => (existing.get(name) ?? partitions) !== partitions);
  if (other === undefined) return;
  const [wanted, known] = [String(other.partitions), String(existing.get(other.name))];
  throw new Fault('settings', `topics.partitions is ${wanted}, and the topics of this lake have ${known}`, {
    where: 'topics.partitions',
    next:
      `Set it back to ${known}, or run "cryptodm down --keep-data" and then "cryptodm up": tables stay, and the topics are created again ` +
      `with ${wanted} partitions, as new generations.`,
  });
}
