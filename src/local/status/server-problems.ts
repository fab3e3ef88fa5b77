import type { Problem } from '../../lake/alarms.ts';
import type { Found } from './model.ts';
import { isWithin } from '../../tools/phrases.ts';

/** A part that has just been started need not answer yet. */
const startMs = 60_000;

/** A server that runs and does not answer, or answers no to writes. */
export function ofServers({ conditions, parts, mute = [] }: Found, now: Date): Problem[] {
  const problems: Problem[] = [];
  const isStopped = (id: string) => mute.some(({ part, why }) => part === id && why === 'stopped');
  const silence = (id: string) => (isStopped(id) ? 'is stopped, by a signal or a debugger, and' : 'runs but');
  const wake = (id: string) => {
    const { pid } = mute.find(({ part }) => part === id) ?? {};
    return pid === undefined ? `See "cryptodm logs ${id}"` : `Let it go on with "kill -CONT ${String(pid)}"`;
  };
  const old = (id: string) =>
    parts.some(
      (part) => part.id === id && part.state === 'up' && (isStopped(id) || !isWithin(part.since, startMs, now)),
    );
  if (conditions.brokerAnswers === false && old('kafka')) {
    problems.push({
      id: 'kafka-unreachable',
      part: 'kafka',
      what: `Kafka ${silence('kafka')} does not answer: producers keep what they have, jobs wait`,
      next: `${wake('kafka')}; everything goes on once it answers.`,
    });
  }
  const { search } = conditions;
  if (search === undefined) return problems;
  if (!search.answers && old('elasticsearch')) {
    problems.push({
      id: 'search-unreachable',
      part: 'elasticsearch',
      what: `Elasticsearch ${silence('elasticsearch')} does not answer: its job waits`,
      next: `${wake('elasticsearch')}; the job goes on once it answers.`,
    });
  }
  if (search.refused === true) {
    problems.push({
      id: 'search-refuses',
      part: 'elasticsearch',
      what: 'Elasticsearch does not accept the credential of this lake, which was replaced after its start',
      next: 'Run "cryptodm up": it starts the parts again.',
    });
  }
  if (search.blocks.length > 0) {
    problems.push({
      id: 'search-read-only',
      part: 'elasticsearch',
      what: `Elasticsearch takes no writes: ${search.blocks.join(', ')}`,
      next: 'Run "cryptodm up", or take the block away (index.blocks.* in the settings of the index); the job goes on by itself, and no document is lost.',
    });
  }
  if (search.red && old('elasticsearch')) {
    problems.push({
      id: 'search-unwritable',
      part: 'elasticsearch',
      what: 'a shard of the index is missing, for example after a full disk',
      next: 'The job has it tried again by itself; if that does not help, see "cryptodm logs elasticsearch".',
    });
  }
  return problems;
}
