import { join } from 'node:path';

/** Where everything of a local lake lies, below its own folder. */
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
    /** what the resident process runs again and again */
    schedules: join(data, 'run', 'schedules.json'),
    /** held by the one upkeep that is at work */
    upkeepLock: join(data, 'run', 'upkeep.lock'),
    /** what the last upkeep did */
    upkeep: join(data, 'warehouse', 'upkeep.json'),
    /** what is remembered of the alarms; beside the tables, so that an alarm that is over by the next "up" is told so */
    alarms: join(data, 'warehouse', 'alarms.json'),
    temporary: join(data, 'tmp'),
    jobProgress: (job: string) => join(data, 'run', `${job}.json`),
    producerProgress: (producer: string) => join(data, 'run', `producer-${producer}.json`),
    log: (part: string) => join(data, 'logs', `${part}.log`),
  };
}

export type Layout = ReturnType<typeof layOut>;
