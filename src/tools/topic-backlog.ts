import { duration, megabytes } from './phrases.ts';

/** What a topic holds that not all of its jobs have taken. */
export interface Backlog {
  /** of the topic as a whole, on the disk */
  bytes: number;
  /** that the topic may have */
  most: number;
  /** that the slowest job has not taken; records count as equally large */
  waiting: number;
  /** title of that job */
  slowest: string;
  /** until producers pause, at the rate of the last minute; undefined when it does not grow, or is seen for the first time */
  secondsLeft: number | undefined;
}

/** Part of a topic's size at which producers pause (`TopicRoom`). */
export const pausesAt = 0.9;

/** Part of its size from which a topic is named that holds so much that a job has not taken. */
const namedFrom = 0.5;

/** Seconds until producers pause; undefined when it does not grow. @param growth bytes a second */
export function secondsUntilPause({ waiting, most }: Pick<Backlog, 'waiting' | 'most'>, growth: number) {
  return growth > 0 ? Math.max(0, (pausesAt * most - waiting) / growth) : undefined;
}

/** The problem `topic-filling`, without the part; undefined while enough room is left. */
export function describeBacklog(topic: string, backlog: Backlog) {
  const { waiting, most, slowest, secondsLeft } = backlog;
  if (waiting < most * namedFrom) return undefined;
  const pause = `producers pause at ${megabytes(most * pausesAt)}`;
  const left = secondsLeft === undefined ? pause : `${pause}, in ${duration(secondsLeft)} at the present rate`;
  return {
    id: 'topic-filling' as const,
    what: `${slowest} has not taken ${megabytes(waiting)} of ${topic}: ${left}`,
    next: 'Nothing is removed before it is taken. See why the job is behind; "topics.size" gives more room.',
  };
}
