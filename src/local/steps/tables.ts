import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { execa, ExecaError } from 'execa';
import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { defineKind } from '../../engine/step.ts';

/** The tables, made or evolved by Iceberg. */
export const tables = defineKind({
  name: 'tables',
  inputs: z.object({
    /** command that creates or evolves the tables and answers one JSON object, see `docs/contracts.md` */
    command: z.string(),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()),
    /** the declaration of the tables; another one means they must be evolved */
    tables: z.unknown(),
    /** exists once a table was created */
    catalog: z.string(),
  }),
  outputs: z.object({
    /** hash of the declaration that the tables follow */
    declared: z.string(),
    tables: z.array(z.object({ name: z.string(), action: z.string() })),
  }),

  check: async (inputs, outputs) => {
    const there = await requireReadable(inputs.catalog);
    return outputs?.declared === hash(inputs.tables) && outputs.tables.every(({ name }) => there.has(name))
      ? { outputs, detail: names(outputs.tables) }
      : undefined;
  },

  run: async (inputs, { signal }) => {
    const made = await createTables(inputs, signal);
    return { outputs: { declared: hash(inputs.tables), tables: made }, detail: names(made) };
  },

  // They go with the folder of the warehouse.
  undo: async () => Promise.resolve(),
});

/**
 * The names of all tables; none without a catalog.
 * @throws Fault of kind `part` that names the tables whose present state can't be read
 */
export async function requireReadable(catalog: string): Promise<Set<string>> {
  if (!existsSync(catalog)) return new Set();
  const { readTables, unreadableFault } = await import('../tables/catalog.ts');
  // A catalog that was just made holds no tables.
  const { tables, unreadable } = await readTables(catalog).catch(() => ({ tables: [], unreadable: [] }));
  const fault = unreadableFault(unreadable, catalog);
  if (fault !== undefined) throw fault;
  return new Set(tables.map(({ name }) => name));
}

function names(tables: { name: string }[]): string {
  return tables.map((table) => table.name.replace(/^.*\./, '')).join(', ');
}

/** @throws Fault of kind `settings` when a change of the declaration can't be made to an existing table */
export async function createTables(
  task: { command: string; args: string[]; env: Record<string, string> },
  signal: AbortSignal,
): Promise<{ name: string; action: string; added?: string[] }[]> {
  try {
    const { stdout } = await execa(task.command, task.args, { env: task.env, cancelSignal: signal, stdin: 'ignore' });
    return (JSON.parse(stdout) as { tables: { name: string; action: string }[] }).tables;
  } catch (error) {
    if (signal.aborted) throw new Fault('interrupted', 'stopped');
    const refused = error instanceof ExecaError ? refusalOf(String(error.stdout)) : undefined;
    if (refused !== undefined) {
      throw new Fault('settings', `table ${refused.table}: column ${refused.column}: ${refused.reason}`, {
        where: 'the declaration of the tables',
        next: 'Add a new column instead: an existing column keeps its name and never gets a narrower type.',
        cause: error,
      });
    }
    const reason = error instanceof ExecaError ? reasonOf(String(error.stderr)) : '';
    throw new Fault('part', `the tables could not be created: ${reason === '' ? (error as Error).message : reason}`, {
      cause: error,
    });
  }
}

/** What a JVM says of its end, without the frames of the stack. */
function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s*(at |\.\.\. \d+ )/.test(line));
  return lines.slice(-5).join('\n');
}

function refusalOf(stdout: string): { table: string; column: string; reason: string } | undefined {
  try {
    return (JSON.parse(stdout) as { error?: { table: string; column: string; reason: string } }).error;
  } catch {
    return undefined;
  }
}

function hash(declared: unknown): string {
  return createHash('sha256').update(JSON.stringify(declared)).digest('hex').slice(0, 16);
}
