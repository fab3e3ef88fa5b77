import { join } from 'node:path';

/** Paths of a local lake, below its own folder. */
export function layOut(data: string) {
  return {
    data,
    journal: join(data, 'journal.json'),
    lock: join(data, 'lock'),
    /** the token by which the lake's servers know its own clients; for its owner only */
    credential: join(data, 'credential'),
    logs: join(data, 'logs'),
    run: join(data, 'run'),
    spec: join(data, 'run', 'lake.json'),
    /** by what the lake's own servers are told from another lake's */
    identity: join(data, 'run', 'identity.json'),
    parts: join(data, 'run', 'parts.json'),
    kafka: join(data, 'kafka'),
    /** folders of the topics' partitions */
    kafkaLog: join(data, 'kafka', 'log'),
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
    /** held by the run that fills the index, or rebuilds it */
    indexLock: join(data, 'run', 'index.lock'),
    /** what the last maintenance run did */
    maintenance: join(data, 'warehouse', 'upkeep.json'),
    /** sources of the prices in the tables, as of "down --keep-data" */
    keptPrices: join(data, 'warehouse', 'kept-prices.json'),
    /** memory of the alarms; beside the tables, so that the end of an alarm is notified even after "down --keep-data" */
    alarms: join(data, 'warehouse', 'alarms.json'),
    temporary: join(data, 'tmp'),
    jobProgress: (job: string) => join(data, 'run', `${job}.json`),
    producerProgress: (producer: string) => join(data, 'run', `producer-${producer}.json`),
    log: (part: string) => join(data, 'logs', `${part}.log`),
  };
}

export type Layout = ReturnType<typeof layOut>;

/** A folder of the lake with everything in it. */
export interface OwnFolder {
  /** of the step that makes it */
  id: string;
  path: string;
  /** people would miss it */
  holdsData: boolean;
}

/** Every folder of a lake but the one that holds them all. */
export function ownFolders(layout: Layout): OwnFolder[] {
  return [
    { id: 'log-folder', path: layout.logs, holdsData: false },
    { id: 'run-folder', path: layout.run, holdsData: false },
    { id: 'temporary-folder', path: layout.temporary, holdsData: false },
    { id: 'kafka-folder', path: layout.kafka, holdsData: false },
    { id: 'checkpoints-folder', path: layout.checkpoints, holdsData: false },
    { id: 'elasticsearch-folder', path: layout.elasticsearch, holdsData: true },
    { id: 'warehouse-folder', path: layout.warehouse, holdsData: true },
  ];
}
