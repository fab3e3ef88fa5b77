import * as z from 'zod';
import { Fault } from '../errors.ts';

/** Version of the journals that this program writes. */
export const journalVersion = 2;

const entrySchema = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  needs: z.array(z.string()),
  takes: z.record(z.string(), z.string()),
  inputs: z.unknown(),
  before: z.array(z.string()).optional(),
  minor: z.boolean().optional(),
  data: z.boolean().optional(),
  state: z.enum(['making', 'stands']),
  outputs: z.unknown().optional(),
  at: z.string(),
});

/** An entry as a journal of the present version holds it, before its kind has looked at inputs and outputs. */
export type WrittenEntry = z.infer<typeof entrySchema>;

const journalSchema = z.object({ version: z.int().positive(), entries: z.array(z.looseObject({})) });

type OldEntry = Record<string, unknown>;

/** From each old version to the next one. Names of steps and kinds are those of that version: they never change here. */
const migrations: Record<number, (entries: OldEntry[]) => OldEntry[]> = { 1: (entries) => entries.map(from1) };

/** In version 1 a kind knew by itself which steps it took outputs from, and one kind had two stacks of infrastructure. */
function from1(entry: OldEntry): OldEntry {
  const inputs = { ...(entry['inputs'] as Record<string, unknown> | undefined) };
  const { spec, stack, ...others } = inputs;
  const infrastructure = 'infrastructure';
  switch (entry['kind']) {
    case 'daemon':
      return { ...entry, takes: spec === true ? { spec: 'spec' } : {}, inputs: others };
    case 'topics':
      return { ...entry, takes: {}, outputs: undefined };
    case 'terraform':
      return { ...entry, takes: {}, kind: `terraform-${String(stack)}`, inputs: others };
    case 'search-user':
    case 'kibana-objects':
      return { ...entry, takes: { search: 'search' } };
    case 'cloud-index':
      return { ...entry, takes: 'url' in inputs ? {} : { search: 'search' } };
    case 'spec-object': {
      const search = (entry['needs'] as string[]).includes('search') ? { search: 'search' } : {};
      return { ...entry, takes: { infrastructure, ...search } };
    }
    case 'playbook':
    case 'stream-steps':
      return { ...entry, takes: { infrastructure, spec: 'spec' } };
    default:
      return { ...entry, takes: {} };
  }
}

/**
 * The entries of a journal of any known version, in the shape of the present one.
 * @throws Fault of kind `environment` when it is of a version that is not known yet, or no journal
 */
export function readEntries(text: string, path: string): WrittenEntry[] {
  let journal: z.infer<typeof journalSchema>;
  try {
    journal = journalSchema.parse(JSON.parse(text));
  } catch (error) {
    throw notAJournal(path, error);
  }
  if (journal.version > journalVersion) {
    throw new Fault(
      'environment',
      `the journal ${path} has version ${String(journal.version)}, and this cryptodm knows versions up to ${String(journalVersion)}`,
      { where: path, next: 'A newer cryptodm wrote it: use that one, or update this one.' },
    );
  }
  let entries: OldEntry[] = journal.entries;
  try {
    for (let version = journal.version; version < journalVersion; version += 1) {
      entries = migrations[version]?.(entries) ?? entries;
    }
    return z.array(entrySchema).parse(entries);
  } catch (error) {
    throw notAJournal(path, error);
  }
}

function notAJournal(path: string, cause: unknown): Fault {
  return new Fault('environment', `${path} is not a journal`, {
    where: path,
    next: 'Move it away, then run "cryptodm up": it takes over what is there.',
    cause,
  });
}
