import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { Fault } from '../../errors.ts';
import { isComplete, markUsed, publishFolder } from '../../toolchain/cache.ts';
import { installCommand } from '../../toolchain/installs.ts';
import type { Machine } from '../../toolchain/machine.ts';
import { throwIfInterrupted } from '../../toolchain/maven.ts';

export interface Python {
  /** path of its command */
  command: string;
  /** such as `3.11` */
  version: string;
}

/** A folder of Python packages at exact versions, made once and never changed. */
export interface VenvSources {
  /** first part of the folder's name, such as `ansible` */
  name: string;
  /** requirements file; every line names one version */
  requirements: string;
  cache: string;
}

/** Versions of Python, both ends included. */
export interface PythonRange {
  least: readonly [number, number];
  most: readonly [number, number];
}

/**
 * A Python of this machine within a range, newest first; with CRYPTODM_PYTHON only that one. Starts each candidate to ask its version.
 *
 * @throws Fault of kind `settings` when the one named does not fit, `environment` when none does
 */
export async function findPython(machine: Machine, range: PythonRange, signal?: AbortSignal): Promise<Python> {
  const named = machine.env.CRYPTODM_PYTHON;
  const seen: string[] = [];
  for (const command of named ? [named] : candidates(machine, range)) {
    const version = await askVersion(command, signal);
    throwIfInterrupted(signal);
    if (version !== undefined && fits(version, range)) return { command, version };
    seen.push(version === undefined ? `${command}, which does not start` : `${version} in ${command}`);
  }
  const wanted = `${range.least.join('.')} to ${range.most.join('.')}`;
  const found = seen.length === 0 ? 'found no Python' : `found ${seen.join(', ')}`;
  throw new Fault(named ? 'settings' : 'environment', `No Python ${wanted} is installed.`, {
    where: named ? 'CRYPTODM_PYTHON' : found,
    next: named
      ? `Name the command of a Python ${wanted}, or unset it to let one be found.`
      : `Install one (${installCommand('pip', machine)} where the system's own is new enough), or name one with CRYPTODM_PYTHON.`,
    facts: { found: seen },
  });
}

function* candidates(machine: Machine, { least, most }: PythonRange): Generator<string> {
  const names: string[] = [];
  for (let minor = most[1]; minor >= least[1]; minor -= 1) names.push(`python${most[0]}.${minor}`);
  const folders = (machine.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of [...names, 'python3']) {
    const command = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (command !== undefined) yield command;
  }
}

async function askVersion(command: string, signal?: AbortSignal): Promise<string | undefined> {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const asked = await execa(command, ['-c', script], { reject: false, stdin: 'ignore', cancelSignal: signal });
  return asked.failed ? undefined : asked.stdout.trim();
}

function fits(version: string, { least, most }: PythonRange): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const number = major * 1000 + minor;
  return number >= least[0] * 1000 + least[1] && number <= most[0] * 1000 + most[1];
}

/** Where the packages are installed, and whether they are there. Does not start Python. */
export function readVenv({ name, requirements, cache }: VenvSources): { folder: string; ready: boolean } {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, 'python', `${name}-${hash}`);
  // The Python that it was made with may have been removed.
  return { folder, ready: isComplete(folder) && existsSync(join(folder, 'bin/python')) };
}

/**
 * Makes sure that the packages are there, in a virtual environment of their own.
 *
 * @returns its folder
 * @throws Fault of kind `outside` when pip can't fetch something, `environment` when the environment can't be made
 */
export async function installVenv(
  sources: VenvSources,
  findInterpreter: () => Promise<Python>,
  machine: Machine,
  signal?: AbortSignal,
): Promise<string> {
  const { folder, ready } = readVenv(sources);
  if (ready) {
    markUsed(folder);
    return folder;
  }
  const python = await findInterpreter();
  if (existsSync(folder) && !existsSync(join(folder, 'bin/python'))) rmSync(folder, { recursive: true });
  await publishFolder(folder, async (temporary) => {
    await makeVenv(python, temporary, machine, signal);
    await installRequirements(temporary, sources, signal);
    settle(temporary, folder);
  });
  return folder;
}

async function makeVenv(python: Python, folder: string, machine: Machine, signal?: AbortSignal): Promise<void> {
  try {
    await execa(python.command, ['-m', 'venv', folder], { stdin: 'ignore', cancelSignal: signal });
  } catch (error) {
    throwIfInterrupted(signal);
    const said =
      error instanceof ExecaError ? `${String(error.stdout)}\n${String(error.stderr)}`.trim() : String(error);
    throw new Fault('environment', `Python ${python.version} can't make a virtual environment: ${lastLine(said)}`, {
      where: python.command,
      next: `${installCommand('pip', machine)} (on Debian and Ubuntu python3-venv too)`,
      cause: error,
    });
  }
}

async function installRequirements(folder: string, { name, requirements }: VenvSources, signal?: AbortSignal) {
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--requirement', requirements];
  try {
    await execa(join(folder, 'bin/python'), ['-m', 'pip', 'install', ...flags], {
      stdin: 'ignore',
      cancelSignal: signal,
      forceKillAfterDelay: 3000,
    });
  } catch (error) {
    throwIfInterrupted(signal);
    const said = error instanceof ExecaError ? String(error.stderr) : String(error);
    throw new Fault('outside', `pip could not install what ${name} needs: ${lastLine(said)}`, {
      where: requirements,
      next: 'Check the connection to PyPI (and pip’s own configuration), then run the same command again.',
      cause: error,
    });
  }
}

/** Commands name their interpreter by its path, so the final path of the folder is written into them. */
function settle(temporary: string, folder: string): void {
  const bin = join(temporary, 'bin');
  for (const name of readdirSync(bin)) {
    const path = join(bin, name);
    if (!statSync(path).isFile() || name.startsWith('python')) continue;
    const text = readFileSync(path, 'utf8');
    if (text.includes(temporary)) writeFileSync(path, text.replaceAll(temporary, folder));
  }
  // A link to `lib` that nothing here needs; a link has no size to check.
  rmSync(join(temporary, 'lib64'), { force: true });
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '';
}
