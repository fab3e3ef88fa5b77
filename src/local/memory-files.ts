import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { closeCredential, examineCredential, type CredentialDamage } from './credential.ts';
import { flagsFile, originFile } from '../settings/remembered.ts';
import type { Caller } from '../work.ts';
import { peekJournal } from './lake-folder.ts';
import type { Layout } from './layout.ts';
import { runFolder } from './supervisor/parts.ts';

/** A file in which the lake remembers something, and what its loss means. */
interface MemoryFile {
  path: string;
  /** what only it knows, as the end of "it held ..." */
  held: string;
  /** what mends it, as a sentence */
  repair: string;
  /** step whose entry in the journal says that it must be there; absent: it may be missing */
  step?: string;
  /** what is wrong with it; absent for one that holds JSON */
  look?: (path: string) => Damage | undefined;
}

type Damage = 'is empty' | 'is cut or is no JSON' | 'is missing' | CredentialDamage;

/** A file of the lake that can't be read. */
export interface DamagedFile {
  path: string;
  what: Damage;
  held: string;
  repair: string;
}

const again = 'Run "cryptodm up": it writes the file again.';

/** Files that a run writes and later ones read. The count of topic generations has its own rule, see `readGenerations`. */
function memoryFiles(layout: Layout): MemoryFile[] {
  const { parts, supervisor, schedules } = runFolder(layout.data, '');
  return [
    {
      path: layout.journal,
      held: 'what was made of the lake',
      repair: 'Run "cryptodm up": it looks at what is there and writes the file again.',
    },
    {
      path: parts,
      held: 'which processes the lake has',
      repair: 'Run "cryptodm up": it finds the processes by their marks and starts again what it can’t take over.',
      step: 'resident',
    },
    { path: supervisor, held: 'which process is the supervisor', repair: again },
    {
      path: layout.identity,
      held: 'by what the lake’s servers are told from others',
      repair: 'Run "cryptodm up": it starts the parts again with a new identity.',
    },
    {
      path: layout.credential,
      held: 'the password of the lake’s servers',
      repair: 'Run "cryptodm up": it mends the file, and starts the parts again when the credential is a new one.',
      step: 'resident',
      look: examineCredential,
    },
    {
      path: flagsFile(layout.data),
      held: 'the flags of "up", such as source, coins and ports',
      repair: 'Run "cryptodm up" with these flags again.',
      step: 'run-folder',
    },
    { path: originFile(layout.data), held: 'where "up" found the settings', repair: again, step: 'run-folder' },
    { path: layout.spec, held: 'what jobs and producers run by', repair: again, step: 'spec' },
    { path: schedules.declared, held: 'what the supervisor runs by the clock', repair: again, step: 'schedules' },
    { path: schedules.memory, held: 'when scheduled commands were done last', repair: again },
    { path: schedules.running, held: 'which scheduled command runs', repair: again },
    {
      path: layout.alarms,
      held: 'which alarms were notified',
      repair: 'The supervisor writes it again within 10 s; "cryptodm up" starts one.',
    },
    {
      path: layout.maintenance,
      held: 'what the last maintenance run did',
      repair: 'The next "cryptodm optimize-iceberg" writes it again.',
    },
  ];
}

/** Every file of the lake's memory that is empty, cut, or missing where it must be. Reads a few small files. */
export function examineMemory(layout: Layout): DamagedFile[] {
  const files = memoryFiles(layout);
  const steps = isAtWork(layout) ? new Set<string>() : journalSteps(layout);
  return [...files, ...progressFiles(layout, files)].flatMap(
    ({ path, held, repair, step, look = lookAtJson }): DamagedFile[] => {
      const what = look(path);
      const missed = what === 'is missing' && (step === undefined || !steps.has(step));
      return what === undefined || missed ? [] : [{ path, what, held, repair }];
    },
  );
}

/** Tells of each damaged file, and takes it away. @param then what the command does without it, as a sentence */
export function repairMemory(layout: Layout, { onEvent }: Pick<Caller, 'onEvent'>, then: string): void {
  for (const damaged of examineMemory(layout)) {
    onEvent({ event: 'message', text: `${describeDamagedFile(damaged)}. ${then}` });
    if (damaged.what === 'is missing') continue;
    if (damaged.what === 'can be read by others') {
      closeCredential(damaged.path);
      continue;
    }
    if (damaged.path === layout.journal) renameSync(damaged.path, setAside(layout));
    else rmSync(damaged.path, { recursive: true, force: true });
  }
}

/** Where a journal that can't be read is put, for a person to look at. */
export function setAside(layout: Layout): string {
  return `${layout.journal}.damaged`;
}

export function describeDamagedFile({ path, what, held }: DamagedFile): string {
  return `${path} ${what}: it held ${held}`;
}

/** Undefined when it can be read. */
function lookAtJson(path: string): Damage | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'is cut or is no JSON';
  }
  if (text === '') return 'is empty';
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? undefined : 'is cut or is no JSON';
  } catch {
    return 'is cut or is no JSON';
  }
}

/** The files in which jobs and producers show their progress. */
function progressFiles({ run }: Layout, others: MemoryFile[]): MemoryFile[] {
  const known = new Set(others.map(({ path }) => path));
  return namesIn(run)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(run, name))
    .filter((path) => !known.has(path))
    .map((path) => ({
      path,
      held: 'how far a job or a producer is',
      repair: 'It is written again within 10 s by its process; "cryptodm up" starts one.',
    }));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether a run works on the lake: then files that are missing may be about to be written. */
function isAtWork({ lock }: Layout): boolean {
  return lstatSync(lock, { throwIfNoEntry: false }) !== undefined;
}

/** Steps that the journal calls made. */
function journalSteps(layout: Layout): Set<string> {
  return new Set(peekJournal(layout).flatMap(({ id, state }) => (state === 'stands' && id !== undefined ? [id] : [])));
}
