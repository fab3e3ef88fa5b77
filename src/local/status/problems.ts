import type { Problem } from '../../lake/alarms.ts';
import type { ProblemId } from '../../lake/alarms.ts';
import { ofCopy, ofFiles, ofForecast, ofRoom, ofStrays } from './folder-problems.ts';
import { obstacleOf, ofBadRecords, ofJob, ofStandstill } from './job-problems.ts';
import { nameIndexProblems } from './index-problems.ts';
import { nameMaintenanceProblems } from './maintenance-problems.ts';
import type { Found } from './model.ts';
import { hasJustWoken, lakeDown, ofMute, ofPart, ofSilence, ofStrangers, ofSupervisor } from './part-problems.ts';
import { ofClock, ofProducer } from './producer-problems.ts';
import { ofServers } from './server-problems.ts';
import { ofTables } from './table-problems.ts';
import { ofBacklog, ofLostRecords, ofRenewal } from './topic-problems.ts';

/** A lake with only these is not degraded: its data is right and arrives. */
const minor: ProblemId[] = [
  'part-restarted',
  'file-damaged',
  'disk-filling',
  'disk-short',
  'data-late',
  'coin-refused',
  'trades-missing',
  'candles-differ',
  'clock-off',
  'bad-records',
  'topic-renewed',
  'records-lost',
  'index-filling',
  'index-unfinished',
  'optimize-failed',
  'optimize-overdue',
  'icons-failed',
  'icons-overdue',
];

export function isMinor(problem: Problem): boolean {
  return minor.includes(problem.id);
}

/** Names what is wrong, the worst first. Pure: the same status and time give the same problems. */
export function nameProblems(found: Found, now: Date): Problem[] {
  const ofFolder = [...ofCopy(found), ...ofStrays(found), ...ofFiles(found)];
  if (found.parts.length === 0) return ofFolder;
  if (found.resident === undefined && found.parts.every((part) => part.state === 'down')) {
    return [...(ofStrays(found).length === 0 ? [lakeDown()] : []), ...ofFolder];
  }
  const obstacle = obstacleOf(found);
  const named = [
    ...ofFolder,
    ...ofRoom(found),
    ...ofForecast(found),
    ...ofSupervisor(found),
    ...ofStrangers(found),
    ...found.parts.flatMap((part) => ofPart(part, now)),
    ...ofServers(found, now),
    ...nameIndexProblems(found),
    ...ofMute(found, now),
    ...ofSilence(found, now),
    ...ofTables(found),
    ...found.jobs.flatMap((job) => ofJob(job, obstacle, now)),
    ...(hasJustWoken(found, now) ? [] : ofStandstill(found, now)),
    ...found.producers.flatMap((producer) => ofProducer(producer, now)),
    ...found.topics.flatMap(ofBacklog),
    ...ofClock(found),
    ...found.jobs.flatMap((job) => ofBadRecords(job, now)),
    ...found.jobs.flatMap((job) => ofLostRecords(job, found.producers)),
    ...found.topics.flatMap((topic) => ofRenewal(topic, now)),
    ...nameMaintenanceProblems(found, now),
  ];
  return named.sort((left, right) => Number(isMinor(left)) - Number(isMinor(right)));
}
