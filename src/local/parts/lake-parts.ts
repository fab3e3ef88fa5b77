import { bundledIcons } from '../../lake/coins.ts';
import type { Lake } from '../../lake/schema.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import type { Toolchain } from '../setup/preparation.ts';
import { dashboardPart } from './dashboard.ts';
import { elasticsearchPart } from './elasticsearch.ts';
import { kafkaPart } from './kafka.ts';
import type { LakePart } from './part.ts';
import type { ArchiveMode } from './part-jvm.ts';
import { producerPart } from './producer.ts';
import { lakeTask, sparkPart } from './spark.ts';
import type { Task } from './task.ts';

/** The processes of a lake on this machine. */
export interface LocalParts {
  kafka: LakePart;
  elasticsearch: LakePart;
  spark: LakePart;
  producers: LakePart[];
  /** absent in the trial run that writes the class archives */
  dashboard: LakePart | undefined;
  /** creates or evolves the tables */
  createTables: Task;
}

export function localParts(
  lake: LocalLake,
  declaration: Lake,
  toolchain: Toolchain,
  caller: Pick<Caller, 'entry'>,
  mode: ArchiveMode = 'use',
): LocalParts {
  const icons = ['--new-icons', JSON.stringify(bundledIcons())];
  return {
    kafka: kafkaPart(lake, toolchain, mode),
    elasticsearch: elasticsearchPart(lake, toolchain, mode),
    spark: sparkPart(lake, declaration, toolchain, mode),
    producers: (['quotes', 'trades'] as const).map((id) => producerPart(lake, toolchain, id, { mode })),
    dashboard: mode === 'train' ? undefined : dashboardPart(lake, caller),
    createTables: lakeTask(lake, toolchain, 'io.cryptodm.local.Functions', ['create-tables', ...icons]),
  };
}
