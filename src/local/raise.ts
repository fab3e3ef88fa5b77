import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { applySteps } from '../engine/run.ts';
import { bundledIcons } from '../lake/coins.ts';
import { readOrigin, readRemembered, remember, rememberOrigin } from '../settings/remembered.ts';
import { secretSettings } from '../settings/defaults.ts';
import { environmentName, merge } from '../settings/settings.ts';
import type { RawSettings } from '../settings/schema.ts';
import { localKinds } from './steps/kinds.ts';
import { accountsFolder } from '../settings/accounts-folder.ts';
import { LocalLake } from './lake.ts';
import type { Layout } from './layout.ts';
import { localSteps } from './lake-steps.ts';
import { freePort, isFree, requirePort } from './ports.ts';
import { isAlive } from '../tools/process-identity.ts';
import { requireWritable } from './writable.ts';
import { readProducerProgress } from '../tools/progress.ts';
import { readTableMetadata, readTablePointers } from './tables/catalog.ts';
import { awaitAnswer } from '../tools/waiting.ts';
import { loadIcons } from './assets.ts';
import { lockLake } from './lake-lock.ts';
import { localParts } from './parts/lake-parts.ts';
import type { ArchiveMode } from './parts/part-jvm.ts';
import type { Toolchain } from './setup/preparation.ts';
import { awaitCandle, type Candle } from './first-candle.ts';
import type { Caller } from '../work.ts';

export interface UpOptions {
  produce: boolean;
  /** leave producers and remembered flags as they are */
  repair?: boolean;
  /** take free ports where the usual ones are taken */
  anyPort: boolean;
  /** flags of this run: they hold until the lake is taken down */
  flags: RawSettings;
  /** the settings file that was named */
  config?: string | undefined;
}

export interface Raised {
  changed: string[];
  seconds: number;
  candle: Candle | undefined;
  /** with `anyPort` its ports may be others than the settings say */
  lake: LocalLake;
}

/**
 * Starts the lake on this machine, or repairs just what is broken of it. Resolves when each job has ended a trigger and, where producers
 * run, a row was seen in both stores.
 */
export async function raise(
  given: LocalLake,
  toolchain: Toolchain,
  caller: Caller,
  options: UpOptions,
  mode: ArchiveMode = 'use',
): Promise<Raised> {
  const started = Date.now();
  const { layout } = given;
  refuseForeignFolder(layout);
  const release = lockLake(layout, 'cryptodm up');
  try {
    const ports = options.anyPort ? await choosePorts(given) : {};
    const lake = new LocalLake({ ...given.settings, ports: { ...given.settings.ports, ...ports } });
    const flags = merge(options.flags, Object.keys(ports).length === 0 ? {} : { ports });
    const here = { cwd: process.cwd(), config: absoluteConfig(options.config), env: settingsOf(caller.env) };
    const origin = (options.repair === true ? readOrigin(layout.data) : undefined) ?? here;
    if (options.repair !== true) {
      // Before anything is made, so that the run after a failure uses the same.
      remember(layout.data, merge(readRemembered(layout.data), flags));
      rememberOrigin(layout.data, origin);
    }
    const declaration = await lake.declaration();
    const parts = localParts(lake, declaration, toolchain, caller, mode);
    const steps = localSteps(lake, declaration, parts, {
      produce: options.produce,
      entry: caller.entry,
      origin,
    });
    const journal = Journal.open(layout.journal, localKinds);
    const { signal, onEvent } = caller;
    const run = { journal, session: { env: caller.env }, signal, onEvent };
    const { changed } = await applySteps(steps, run, { keepOthers: options.repair === true });
    const candle = options.produce
      ? await awaitFirst(lake, toolchain, caller, { started, fresh: changed.length > 0 })
      : undefined;
    const seconds = (Date.now() - started) / 1000;
    if (mode === 'use') await loadIconsOnce(lake, toolchain, caller);
    return { changed, seconds, candle, lake };
  } finally {
    release();
  }
}

function absoluteConfig(config: string | undefined): string | undefined {
  return config === undefined ? undefined : resolve(config);
}

/** Settings that the environment gives, without those that may be secret. */
function settingsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const secret = new Set(secretSettings.map(environmentName));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && name.startsWith('CRYPTODM_') && !secret.has(name) ? [[name, value]] : [],
    ),
  );
}

async function portsInUse({ supervisor }: LocalLake): Promise<Set<number>> {
  const parts = await supervisor.parts();
  return new Set(
    parts.flatMap((part) => (part.process !== undefined && isAlive(part.process) ? part.daemon.ports : [])),
  );
}

async function awaitFirst(
  lake: LocalLake,
  toolchain: Toolchain,
  caller: Caller,
  since: { started: number; fresh: boolean },
): Promise<Candle> {
  await showSource(lake, caller);
  return awaitCandle(lake, toolchain, caller, since);
}

/**
 * What can be refused at once, before anything is fetched or built: a folder that is not ours or can't be written, a port that is taken.
 * @throws Fault of kind `environment`
 */
export async function precheck(lake: LocalLake, options: { anyPort: boolean }): Promise<void> {
  const { settings, layout } = lake;
  refuseForeignFolder(layout);
  requireWritable(layout.data);
  if (options.anyPort) return;
  const ours = await portsInUse(lake);
  for (const [name, port] of Object.entries(settings.ports)) await requirePort(port, name, ours);
}

/** A folder with other things in it must not be filled and, later, emptied. */
function refuseForeignFolder(layout: Layout): void {
  if (!existsSync(layout.data) || existsSync(layout.journal) || existsSync(layout.generations)) return;
  let names: string[];
  try {
    names = readdirSync(layout.data);
  } catch (error) {
    throw new Fault('environment', `can't read ${layout.data}: ${(error as NodeJS.ErrnoException).code ?? ''}`, {
      where: layout.data,
      next: 'Make the folder readable, or choose another with --data DIR.',
      cause: error,
    });
  }
  // Also what a run left that was killed while it wrote: a draft of the journal, a lock that it took over.
  const ours = ['lock', 'logs', 'run', 'tmp', 'journal.json.new', accountsFolder];
  const foreign = names.find((name) => !ours.includes(name) && !/^lock\.\d+\.old$/.test(name));
  if (foreign === undefined) return;
  throw new Fault('environment', `${layout.data} is not empty and holds no lake (there is ${foreign})`, {
    where: layout.data,
    next: 'Choose an empty folder with --data DIR or "paths.data" in cryptodm.yaml.',
  });
}

/** Free ports in place of those that another process holds; the ports of the lake's own running parts stay. */
async function choosePorts(lake: LocalLake): Promise<Record<string, number>> {
  const ours = await portsInUse(lake);
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(lake.settings.ports)) {
    if (!ours.has(port) && !(await isFree(port))) chosen[name] = await freePort();
  }
  return chosen;
}

/** A new lake gets the bundled icons with its tables, or here when that failed; after that "assets refresh" updates them. A lake without icons works. */
async function loadIconsOnce(lake: LocalLake, toolchain: Toolchain, caller: Caller): Promise<void> {
  try {
    const pointer = (await readTablePointers(lake.layout.catalog)).find((table) =>
      table.name.endsWith('.crypto_assets'),
    );
    if (pointer === undefined || (await readTableMetadata(pointer.metadataLocation)).current !== undefined) return;
    const { rows } = await loadIcons(lake, toolchain, bundledIcons(), caller.signal);
    caller.onEvent({ event: 'detail', text: `${String(rows)} icons from the bundled list` });
  } catch (error) {
    caller.onEvent({ event: 'detail', text: `no icons yet: ${(error as Error).message}` });
  }
}

async function showSource({ settings, layout }: LocalLake, caller: Caller): Promise<void> {
  const file = layout.producerProgress('quotes');
  const progress = await awaitAnswer(() => readProducerProgress(file), {
    withinMs: 5000,
    everyMs: 50,
    signal: caller.signal,
  });
  if (progress === undefined || progress.source === settings.source) return;
  const reason =
    progress.source === 'simulate'
      ? `Alpaca does not answer (${progress.lastError ?? 'see "cryptodm logs producer-quotes"'}); these prices are made up`
      : 'it answers';
  caller.onEvent({ event: 'source', source: progress.source, reason });
}
