import { resolve } from 'node:path';
import type { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { applySteps } from '../engine/run.ts';
import { bundledIcons } from '../lake/coins.ts';
import { readOrigin, readRemembered, remember, rememberOrigin, type SettingsOrigin } from '../settings/remembered.ts';
import { secretSettings } from '../settings/defaults.ts';
import { environmentName, merge } from '../settings/settings.ts';
import type { RawSettings, Settings } from '../settings/schema.ts';
import { localKinds } from './steps/kinds.ts';
import { ensureCredential } from './credential.ts';
import { ensureLakeId } from './identity.ts';
import { LocalLake } from './lake.ts';
import type { Layout } from './layout.ts';
import { localSteps } from './lake-steps.ts';
import { refuseCopy, refuseForeignFolder, refuseUnusablePath, requireReadablePath } from './lake-folder.ts';
import { repairMemory } from './memory-files.ts';
import { freePort, isFree, isTakenPort, requirePort, reservePort, takenPort } from './ports.ts';
import { heldPorts } from './supervisor/parts.ts';
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

/** How often ports are chosen before a run gives up. */
const mostChoices = 5;

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
  refuseFolder(layout);
  requireReadablePath(layout, toolchain.jdk.home);
  const release = lockLake(layout, 'cryptodm up');
  const reserved = new Map<number, () => void>();
  try {
    repairMemory(layout, caller, 'It is written again.');
    ensureLakeId(layout);
    ensureCredential(layout);
    let lake = given;
    for (let attempt = 1; ; attempt += 1) {
      const ports = await reservePorts(lake, options.anyPort, reserved);
      lake = new LocalLake({ ...given.settings, ports: { ...lake.settings.ports, ...ports } });
      if (options.repair !== true) rememberRun(given, lake, caller, options);
      try {
        return await raiseAt(lake, toolchain, caller, { ...options, started, mode });
      } catch (error) {
        // Something else than a run of ours may take a port between the choice and the start of its server.
        if (!options.anyPort || !isTakenPort(error) || attempt === mostChoices) throw error;
        caller.onEvent({ event: 'message', text: `${(error as Fault).message}: another one is chosen.` });
      }
    }
  } finally {
    for (const free of reserved.values()) free();
    release();
  }
}

/** Before anything is made, so that the run after a failure uses the same. */
function rememberRun(given: LocalLake, lake: LocalLake, caller: Caller, options: UpOptions): void {
  const { layout } = given;
  const chosen = Object.entries(lake.settings.ports).filter(
    ([name, port]) => given.settings.ports[name as keyof Settings['ports']] !== port,
  );
  const flags = merge(options.flags, chosen.length === 0 ? {} : { ports: Object.fromEntries(chosen) });
  remember(layout.data, merge(readRemembered(layout.data), flags));
  rememberOrigin(layout.data, originOf(caller, options));
}

function originOf(caller: Caller, { config }: UpOptions): SettingsOrigin {
  return { cwd: process.cwd(), config: absoluteConfig(config), env: settingsOf(caller.env) };
}

/** Raises the lake at the ports of its settings. */
async function raiseAt(
  lake: LocalLake,
  toolchain: Toolchain,
  caller: Caller,
  options: UpOptions & { started: number; mode: ArchiveMode },
): Promise<Raised> {
  const { started, produce, mode, repair = false } = options;
  const declaration = await lake.declaration();
  const parts = localParts(lake, declaration, toolchain, caller, mode);
  const { entry, signal, onEvent } = caller;
  const origin = (repair ? readOrigin(lake.layout.data) : undefined) ?? originOf(caller, options);
  const steps = localSteps(lake, declaration, parts, { produce, entry, origin });
  const journal = Journal.open(lake.layout.journal, localKinds);
  const run = { journal, session: { env: caller.env }, signal, onEvent };
  const { changed } = await applySteps(steps, run, { keepOthers: repair });
  const candle = produce
    ? await awaitFirst(lake, toolchain, caller, { started, fresh: changed.length > 0 })
    : undefined;
  const seconds = (Date.now() - started) / 1000;
  if (mode === 'use') await loadIconsOnce(lake, toolchain, caller);
  return { changed, seconds, candle, lake };
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
  const { settings, layout, supervisor } = lake;
  refuseFolder(layout);
  requireWritable(layout.data);
  if (options.anyPort) return;
  const ours = heldPorts(await supervisor.parts());
  for (const [name, port] of Object.entries(settings.ports)) await requirePort(port, name, ours);
}

function refuseFolder(layout: Layout): void {
  refuseUnusablePath(layout);
  refuseForeignFolder(layout);
  refuseCopy(layout);
}

/**
 * Reserves the ports of the parts that do not listen yet; with `anyPort` free ones in place of those that others have.
 * @param reserved by an earlier choice of this run; gets what releases each
 * @returns the ports that were chosen
 * @throws Fault of kind `environment` for one that is taken
 */
async function reservePorts(
  lake: LocalLake,
  anyPort: boolean,
  reserved: Map<number, () => void>,
): Promise<Record<string, number>> {
  const ours = heldPorts(await lake.supervisor.parts());
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(lake.settings.ports)) {
    if (ours.has(port) || (reserved.has(port) && (await isFree(port)))) continue;
    let release = await reservePort(port);
    for (let tries = 0; release === undefined; tries += 1) {
      if (!anyPort || tries === mostChoices) {
        await requirePort(port, name, ours);
        throw takenPort(port, name, 'another "cryptodm up", which is about to use it');
      }
      chosen[name] = await freePort();
      release = await reservePort(chosen[name]);
    }
    reserved.set(chosen[name] ?? port, release);
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
