import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveSubjects, keepTrained, missingArchives, pruneArchives } from './archives.ts';
import { freePort } from '../ports.ts';
import type { Kit } from './preparation.ts';
import { raise } from '../raise.ts';
import { takeDown } from '../take-down.ts';
import type { Work } from '../../work.ts';

/**
 * Writes the class archives that are missing: a throwaway lake is raised on free ports, some events run through it, and each process
 * writes its archive as it ends. Without archives every start takes some seconds longer, so a failure here is told and passed over.
 */
export async function trainArchives(kit: Kit, work: Work): Promise<void> {
  const { cache } = work.settings.paths;
  const subjects = archiveSubjects(kit);
  if (missingArchives(cache, subjects).length === 0) return;
  const started = performance.now();
  const tell = (text: string, done = false) => {
    work.onEvent({ event: 'progress', id: 'setup-archives', text, done });
  };
  tell('class archives (a trial run, so that every later start is quicker)');
  const data = mkdtempSync(join(tmpdir(), 'cryptodm-trial-'));
  const free = { kafka: await freePort(), controller: await freePort(), elasticsearch: await freePort() };
  const ports = { ...work.settings.ports, ...free };
  const settings = { ...work.settings, source: 'simulate', ports, paths: { data: join(data, 'lake'), cache } };
  const trial: Work = { ...work, settings, onEvent: () => undefined };
  try {
    await raise(kit, trial, { produce: true, anyPort: false, flags: {} }, 'train');
    await takeDown({ ...trial, signal: new AbortController().signal }, { keepData: false });
    const bytes = subjects.reduce((sum, subject) => sum + (keepTrained(cache, subject) ?? 0), 0);
    pruneArchives(cache, subjects);
    tell(
      `class archives       ${String(Math.round(bytes / 1e6))} MB ${((performance.now() - started) / 1000).toFixed(1)} s`,
      true,
    );
  } catch (error) {
    await takeDown({ ...trial, signal: new AbortController().signal }, { keepData: false }).catch(() => undefined);
    if (work.signal.aborted) throw error;
    work.onEvent({ event: 'message', text: `No class archives, starts stay slower: ${(error as Error).message}` });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
