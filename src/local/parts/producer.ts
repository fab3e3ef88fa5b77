import type { LocalLake } from '../lake.ts';
import type { Toolchain } from '../setup/preparation.ts';
import type { Daemon } from './daemon.ts';
import { graceMs, javaCommand, jvmArgs, partEnv, type Jvm } from './jvm.ts';
import type { LakePart } from './part.ts';
import { jvmOf, type ArchiveMode } from './part-jvm.ts';
import type { Task } from './task.ts';

export type ProducerId = 'quotes' | 'trades';

/** Values of a producer's flags by their name without dashes, such as `rate`; empty for one without a value, undefined ones are left out. */
export type ProducerFlags = Readonly<Record<string, string | undefined>>;

/** What a producer of quotes fetches from the market's history. */
export interface History {
  /** URL of the market's data */
  url: string;
  /** file of JSON lines, one run of missing minutes each, see `docs/contracts.md` */
  missing: string;
  /** pairs, such as `BTC/USD` */
  coins: readonly string[];
}

/** A producer in the background. */
export function producerPart(
  lake: LocalLake,
  toolchain: Toolchain,
  id: ProducerId,
  { flags = {}, mode = 'use' }: { flags?: ProducerFlags; mode?: ArchiveMode } = {},
): LakePart {
  const { layout, settings } = lake;
  const source = flags['source'] ?? settings.source;
  const daemon = producerProcess({
    ...describe(lake, toolchain, id, mode),
    progressFile: layout.producerProgress(id),
    flags,
    ends: id === 'quotes' && source.startsWith('replay:'),
  });
  return {
    daemon,
    needs: ['topics', 'resident'],
    readsSpec: true,
    stopsBefore: ['spark'],
    keys: { file: settings.alpaca.keys },
  };
}

/** A producer in the foreground, beside the one in the background, whose progress file it leaves alone. Its keys are still to be added. */
export function producerTask(
  lake: LocalLake,
  toolchain: Toolchain,
  id: ProducerId,
  what: { flags?: ProducerFlags; history?: History },
): Task {
  const { command, args, env } = producerProcess({
    ...describe(lake, toolchain, id, 'use'),
    progressFile: undefined,
    ...what,
  });
  return { command, args, env };
}

function describe(lake: LocalLake, toolchain: Toolchain, id: ProducerId, mode: ArchiveMode) {
  const { layout } = lake;
  return {
    id,
    jvm: jvmOf(`producer-${id}`, lake, toolchain, mode),
    jar: toolchain.jars.path(id === 'quotes' ? 'ProducerCrypto-1.0.jar' : 'ProducerTrader-1.0.jar'),
    spec: layout.spec,
    folder: layout.temporary,
    log: layout.log(`producer-${id}`),
  };
}

export interface Producer {
  id: ProducerId;
  jvm: Jvm;
  /** path of ProducerCrypto-1.0.jar or ProducerTrader-1.0.jar */
  jar: string;
  /** path of the spec */
  spec: string;
  /** JSON file that it keeps its state in; one in the foreground has none, so that it leaves that of the one in the background alone */
  progressFile: string | undefined;
  flags?: ProducerFlags;
  /** quotes only: minutes to ask the market's history for */
  history?: History;
  /** it ends by itself, as the replay of a recording does */
  ends?: boolean;
  /** keys of the market data, under the names that the spec gives */
  env?: Record<string, string>;
  folder: string;
  log: string;
}

/** The process of a producer. */
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
      ...flag('progress-file', producer.progressFile),
      ...flagArgs(id, producer.flags ?? {}),
      ...historyArgs(producer.history),
    ],
    env: { ...partEnv, ...producer.env },
    cwd: producer.folder,
    log: producer.log,
    graceMs: graceMs(15_000, jvm.archive),
    ...(producer.progressFile === undefined
      ? {}
      : { beats: [{ file: producer.progressFile, name: `producer of ${id}` }] }),
    ports: [],
    ...(producer.ends === true ? { ends: true } : {}),
    refuses: 2,
  };
}

/** Flags that the producer of trades has; that of quotes has all. */
const tradeFlags = ['coins', 'rate', 'seed', 'count', 'duration'];

function flagArgs(id: ProducerId, flags: ProducerFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) =>
    id === 'quotes' || tradeFlags.includes(name) ? flag(name, value) : [],
  );
}

function historyArgs(history: History | undefined): string[] {
  if (history === undefined) return [];
  const { url, missing, coins } = history;
  return [
    ...['--source', 'alpaca-history', '--missing', missing],
    ...['--coins', coins.join(','), '--alpaca-url', url],
  ];
}

function flag(name: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  return value === '' ? [`--${name}`] : [`--${name}`, value];
}
