import type { Daemon } from './daemon.ts';
import { graceMs, javaCommand, jvmArgs, type Jvm } from './jvm.ts';

export type ProducerId = 'quotes' | 'trades';

export interface Producer {
  id: ProducerId;
  jvm: Jvm;
  /** path of ProducerCrypto-1.0.jar or ProducerTrader-1.0.jar */
  jar: string;
  /** path of the spec */
  spec: string;
  /** JSON file that it keeps its state in */
  progressFile: string;
  /** further arguments, such as `--source simulate` */
  args?: string[];
  /** keys of the market data, under the names that the spec gives */
  env?: Record<string, string>;
  folder: string;
  log: string;
}

/** A producer that runs until it is stopped. For one in the foreground use its `command`, `args` and `env`. */
export function producerProcess(producer: Producer): Daemon {
  const { id, jvm } = producer;
  return {
    id: `producer-${id}`,
    title: `producer of ${id}`,
    command: javaCommand(jvm.javaHome),
    args: [
      ...jvmArgs(jvm),
      ...['-jar', producer.jar],
      ...['--spec', producer.spec],
      ...['--progress-file', producer.progressFile],
      ...(producer.args ?? []),
    ],
    env: producer.env ?? {},
    cwd: producer.folder,
    log: producer.log,
    graceMs: graceMs(15_000, jvm.archive),
    beats: [{ file: producer.progressFile, name: `producer of ${id}` }],
    ports: [],
  };
}
