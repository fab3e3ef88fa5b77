import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { Fault } from '../../errors.ts';
import { identifier, literal } from '../../tools/sql/literal.ts';
import type { QueryLimits } from '../../tools/sql/types.ts';

/** An open DuckDB that reads one folder and whose settings can't be changed any more. */
export interface Engine {
  connection: DuckDBConnection;
  /** names of the views that the last statement saw, in the order of their making */
  bound: string[];
  memoryBytes: number;
  close(): void;
}

/** What an engine may write. */
export interface WriteTarget {
  kind: 'file' | 'folder';
  /** absolute */
  path: string;
}

/** The order matters: iceberg uses avro. Parquet, JSON, ICU and the core functions are built into DuckDB; httpfs isn't needed for a local lake. */
export const extensionFiles = ['avro.duckdb_extension', 'iceberg.duckdb_extension'] as const;

export const defaultMemoryBytes = 2 ** 30;

/** Unqualified names are looked up here, in this order. */
const databases = ['crypto_db', 'crypto_silver', 'crypto_gold'];

/** Remembers, beside the extensions, which files had a valid signature. */
const verifiedFile = 'verified.json';

/**
 * Starts DuckDB in memory, loads the extensions `avro` and `iceberg` from the folder `extensions` (both files directly in it, of exactly
 * DuckDB's version) and shuts the sandbox: it reads below `warehouse`, and writes `target`, only; no extension comes in later, settings are locked.
 * The signature of an extension is checked when a file is new: that takes 180 ms, loading it 6 ms.
 * Throws a Fault `environment` when an extension is missing or doesn't fit.
 */
export async function openEngine(
  extensions: string,
  warehouse: string,
  limits: QueryLimits = {},
  target?: WriteTarget,
): Promise<Engine> {
  const prints = await printExtensions(extensions);
  const memoryBytes = limits.memoryBytes ?? defaultMemoryBytes;
  const known = (await readFile(join(extensions, verifiedFile), 'utf8').catch(() => '')) === prints;
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.threads ?? 2),
    memory_limit: `${Math.ceil(memoryBytes / 2 ** 20)}MiB`,
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_unsigned_extensions: String(known),
  });
  try {
    const connection = await instance.connect();
    await load(connection, extensions);
    if (!known) {
      // Without the file, or in a folder that can't be written, the check is made every time.
      await writeFile(join(extensions, verifiedFile), prints).catch(() => undefined);
    }
    const folder = resolve(warehouse);
    const folders = [`${folder}/`, `file:${folder}/`, `file://${folder}/`];
    if (target?.kind === 'folder') folders.push(`${target.path}/`);
    const list = (paths: readonly string[]) => `[${paths.map(literal).join(', ')}]`;
    const files = target === undefined ? '' : `set allowed_paths = ${list([target.path])}; `;
    await connection.run(
      `${databases.map((name) => `create schema ${identifier(name)}; `).join('')}set search_path = ${literal(databases.join(','))}; ` +
        `set TimeZone = 'UTC'; set errors_as_json = true; set allowed_directories = ${list(folders)}; ${files}` +
        'set enable_external_access = false; set lock_configuration = true',
    );
    return { connection, bound: [], memoryBytes, close: () => close(connection, instance) };
  } catch (thrown) {
    instance.closeSync();
    throw thrown;
  }
}

async function printExtensions(folder: string): Promise<string> {
  const prints = await Promise.all(
    extensionFiles.map(async (name) => {
      try {
        const { size, mtimeMs, ino } = await stat(join(folder, name));
        return { name, size, mtimeMs, ino };
      } catch (cause) {
        throw new Fault('environment', `DuckDB's extension ${name} is missing`, {
          where: folder,
          next: 'cryptodm up',
          cause,
        });
      }
    }),
  );
  return JSON.stringify(prints);
}

async function load(connection: DuckDBConnection, folder: string): Promise<void> {
  for (const name of extensionFiles) {
    try {
      await connection.run(`load ${literal(resolve(folder, name))}`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
      throw new Fault('environment', `DuckDB can't load its extension ${name}: ${reason}`, {
        where: folder,
        next: 'remove this folder and run cryptodm up',
        cause,
      });
    }
  }
}

function close(connection: DuckDBConnection, instance: DuckDBInstance): void {
  connection.closeSync();
  instance.closeSync();
}
