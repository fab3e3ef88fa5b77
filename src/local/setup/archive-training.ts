import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveSubjects, keepTrained, missingArchives, pruneArchives } from './archives.ts';
import { freePort } from '../ports.ts';
import type { Toolchain } from './preparation.ts';
import { raise } from '../raise.ts';
import { takeDown } from '../take-down.ts';
import type { Caller } from '../../work.ts';
import { LocalLake } from '../lake.ts';

/**
 * Writes the class archives that are missing: a throwaway lake is raised on free ports, some events run through it, and each process
 * writes its archive as it ends. Without archives every start takes some seconds longer, so a failure here is only reported.
 */
export async function trainArchives({ settings }: LocalLake, toolchain: Toolchain, caller: Caller): Promise<void> {
  const { cache } = settings.paths;
  const subjects = archiveSubjects(toolchain);
  if (missingArchives(cache, subjects).length === 0) return;
  const started = performance.now();
  const show = (text: string, done = false) => {
    caller.onEvent({ event: 'progress', id: 'setup-archives', text, done });
  };
  show('class archives (a trial run, so that every later start is quicker)');
  const data = mkdtempSync(join(tmpdir(), 'cryptodm-trial-'));
  const free = { kafka: await freePort(), controller: await freePort(), elasticsearch: await freePort() };
  const ports = { ...settings.ports, ...free };
  const paths = { data: join(data, 'lake'), cache };
  const trial = new LocalLake({ ...settings, source: 'simulate', ports, paths });
  const silent: Caller = { ...caller, onEvent: () => undefined };
  // Also after Ctrl-C nothing of the trial may be left.
  const unstoppable: Caller = { ...silent, signal: new AbortController().signal };
  try {
    await raise(trial, toolchain, silent, { produce: true, anyPort: false, flags: {} }, 'train');
    await takeDown(trial, unstoppable, { keepData: false });
    const bytes = subjects.reduce((sum, subject) => sum + (keepTrained(cache, subject) ?? 0), 0);
    pruneArchives(cache, subjects);
    show(
      `class archives       ${String(Math.round(bytes / 1e6))} MB ${((performance.now() - started) / 1000).toFixed(1)} s`,
      true,
    );
  } catch (error) {
    await takeDown(trial, unstoppable, { keepData: false }).catch(() => undefined);
    if (caller.signal.aborted) throw error;
    caller.onEvent({ event: 'message', text: `No class archives, starts stay slower: ${(error as Error).message}` });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
