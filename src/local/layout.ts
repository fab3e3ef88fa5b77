import { join } from 'node:path';

/** Paths of a local lake, below its own folder. */
export function layOut(data: string) {
  return {
    data,
    journal: join(data, 'journal.json'),
    lock: join(data, 'lock'),
    logs: join(data, 'logs'),
    run: join(data, 'run'),
    spec: join(data, 'run', 'lake.json'),
    kafka: join(data, 'kafka'),
    /** written last when the broker's storage is formatted */
    kafkaFormatted: join(data, 'kafka', 'log', 'meta.properties'),
    elasticsearch: join(data, 'elasticsearch'),
    checkpoints: join(data, 'checkpoints'),
    warehouse: join(data, 'warehouse'),
    catalog: join(data, 'warehouse', 'catalog.db'),
    generations: join(data, 'warehouse', 'generations.json'),
    /** commands that the supervisor runs by the clock */
    schedules: join(data, 'run', 'schedules.json'),
    /** held by the maintenance run that is at work */
    maintenanceLock: join(data, 'run', 'upkeep.lock'),
    /** what the last maintenance run did */
    maintenance: join(data, 'warehouse', 'upkeep.json'),
    /** memory of the alarms; beside the tables, so that the end of an alarm is notified even after "down --keep-data" */
    alarms: join(data, 'warehouse', 'alarms.json'),
    temporary: join(data, 'tmp'),
    jobProgress: (job: string) => join(data, 'run', `${job}.json`),
    producerProgress: (producer: string) => join(data, 'run', `producer-${producer}.json`),
    log: (part: string) => join(data, 'logs', `${part}.log`),
  };
}

export type Layout = ReturnType<typeof layOut>;
