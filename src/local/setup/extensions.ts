import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../errors.ts';
import { isComplete, publishFolder } from '../../toolchain/cache.ts';
import { duckdbVersion, extensionsFolder } from './extensions-folder.ts';
import type { OnSetupEvent } from '../../toolchain/events.ts';
import { installCommand } from '../../toolchain/installs.ts';
import type { Machine } from '../../toolchain/machine.ts';
import { throwIfInterrupted } from '../../toolchain/maven.ts';

/** In the order of loading: iceberg reads its manifests with avro. */
const names = ['avro', 'iceberg'] as const;

/**
 * Makes sure that the extensions are in the cache: from DuckDB's own server where it answers, else from PyPI.
 *
 * @returns their folder
 * @throws Fault of kind `outside` that names both ways when neither works
 */
export async function fetchExtensions(
  cache: string,
  machine: Machine,
  onEvent: OnSetupEvent,
  signal?: AbortSignal,
): Promise<string> {
  const folder = extensionsFolder(cache);
  if (isComplete(folder)) return folder;

  const started = Date.now();
  const detail = `DuckDB extensions ${names.join(' and ')}`;
  onEvent({ kind: 'started', what: 'extensions', detail });
  await publishFolder(folder, async (temporary) => {
    const failures: string[] = [];
    for (const [from, fetch] of ways) {
      throwIfInterrupted(signal);
      onEvent({ kind: 'progress', what: 'extensions', detail: `${detail} from ${from}` });
      try {
        await fetch(temporary, machine, signal);
        await runDuckdb(
          names.map((name) => `LOAD '${join(temporary, fileOf(name)).replaceAll("'", "''")}'`),
          signal,
        );
        return;
      } catch (error) {
        throwIfInterrupted(signal);
        failures.push(`${from}: ${firstLine(error)}`);
        for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true });
      }
    }
    throw neither(failures, machine);
  });
  const bytes = names.reduce((sum, name) => sum + statSync(join(folder, fileOf(name))).size, 0);
  onEvent({ kind: 'done', what: 'extensions', detail, seconds: (Date.now() - started) / 1000, bytes });
  return folder;
}

type Way = (target: string, machine: Machine, signal: AbortSignal | undefined) => Promise<void>;

const ways: [string, Way][] = [
  ['extensions.duckdb.org', fetchByDuckdb],
  ['PyPI', fetchByPip],
];

async function fetchByDuckdb(target: string, _machine: Machine, signal: AbortSignal | undefined): Promise<void> {
  const install = join(target, 'install');
  mkdirSync(install);
  const directory = `SET extension_directory = '${install.replaceAll("'", "''")}'`;
  await runDuckdb([directory, ...names.map((name) => `INSTALL ${name}`)], signal);
  const [version = ''] = readdirSync(install);
  const [platform = ''] = readdirSync(join(install, version));
  for (const name of names) renameSync(join(install, version, platform, fileOf(name)), join(target, fileOf(name)));
  rmSync(install, { recursive: true });
}

/** The wheels hold the very files that DuckDB's server gives; pip picks this platform's. */
async function fetchByPip(target: string, machine: Machine, signal: AbortSignal | undefined): Promise<void> {
  const wheels = join(target, 'wheels');
  mkdirSync(wheels);
  const packages = names.map((name) => `duckdb-extension-${name}==${duckdbVersion}`);
  const python = machine.env.CRYPTODM_PYTHON ?? 'python3';
  const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--dest', wheels];
  await execa(python, ['-m', 'pip', 'download', ...flags, ...packages], {
    stdin: 'ignore',
    cancelSignal: signal,
    timeout: 300_000,
    forceKillAfterDelay: 3000,
  });
  const { readZipEntry } = await import('../../toolchain/zip.ts');
  for (const name of names) {
    const wheel = readdirSync(wheels).find((file) => file.startsWith(`duckdb_extension_${name}-`)) ?? '';
    writeFileSync(
      join(target, fileOf(name)),
      readZipEntry(join(wheels, wheel), (path) => path.endsWith(`/${fileOf(name)}`)),
    );
  }
  rmSync(wheels, { recursive: true });
}

/** In a process of its own, as a download inside DuckDB can't be interrupted. */
async function runDuckdb(statements: string[], signal: AbortSignal | undefined): Promise<void> {
  // The bindings alone: DuckDB's larger API is bundled, and a script of another process can't load it from there.
  const bindings = createRequire(import.meta.url).resolve('@duckdb/node-bindings');
  const script = `
    const duckdb = require(process.argv[1]);
    duckdb.open(':memory:')
      .then((database) => duckdb.connect(database))
      .then(async (connection) => { for (const sql of process.argv.slice(2)) await duckdb.query(connection, sql); })
      .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });`;
  await execa(process.execPath, ['--eval', script, '--', bindings, ...statements], {
    stdin: 'ignore',
    cancelSignal: signal,
    timeout: 180_000,
    forceKillAfterDelay: 1000,
  });
}

function fileOf(name: (typeof names)[number]): string {
  return `${name}.duckdb_extension`;
}

function firstLine(error: unknown): string {
  const { stderr, shortMessage, message } = error as { stderr?: string; shortMessage?: string; message: string };
  const said = stderr?.split('\n').find((line) => line.trim() !== '' && !/^WARNING/.test(line));
  return said ?? shortMessage ?? message;
}

function neither(failures: string[], machine: Machine): Fault {
  const reasons = failures.map((failure) => `\n  ${failure}`).join('');
  return new Fault(
    'outside',
    `DuckDB's extensions ${names.join(' and ')} ${duckdbVersion} could not be fetched.${reasons}`,
    {
      next:
        'Let this machine reach http://extensions.duckdb.org, or PyPI through pip ' +
        `(${installCommand('pip', machine)}); everything but queries works without them.`,
      facts: { failures },
    },
  );
}
