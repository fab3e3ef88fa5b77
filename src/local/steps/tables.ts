import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { execa, ExecaError } from 'execa';
import { Fault } from '../../errors.ts';
import type { StepKind } from '../../engine/step.ts';

export interface TablesInputs {
  /** command that creates or evolves the tables and answers one JSON object, see `docs/contracts.md` */
  command: string;
  args: string[];
  env: Record<string, string>;
  /** the declaration of the tables; another one means they must be evolved */
  tables: unknown;
  /** exists once a table was created */
  catalog: string;
}

export interface TablesOutputs {
  declared: string;
  tables: { name: string; action: string }[];
}

export const tables: StepKind<TablesInputs, TablesOutputs> = {
  check: async (inputs, outputs) =>
    Promise.resolve(
      outputs?.declared === hash(inputs.tables) && existsSync(inputs.catalog)
        ? { outputs, detail: names(outputs.tables) }
        : undefined,
    ),

  run: async (inputs, { signal }) => {
    const made = await createTables(inputs, signal);
    return { outputs: { declared: hash(inputs.tables), tables: made }, detail: names(made) };
  },

  // They go with the folder of the warehouse.
  undo: async () => Promise.resolve(),
};

function names(tables: { name: string }[]): string {
  return tables.map((table) => table.name.replace(/^.*\./, '')).join(', ');
}

/** @throws Fault of kind `settings` when a change of the declaration can't be made to a standing table */
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
        next: 'Add a new column instead: a standing column keeps its name and never gets a narrower type.',
        cause: error,
      });
    }
    const tail = error instanceof ExecaError ? String(error.stderr).trimEnd().split('\n').slice(-5).join('\n') : '';
    throw new Fault('part', `the tables could not be created: ${tail === '' ? (error as Error).message : tail}`, {
      cause: error,
    });
  }
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
