import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import { fetchExtensions } from './extensions.ts';
import { buildJars, type BuiltJars } from '../../toolchain/jars.ts';
import { findJdk, type Jdk } from '../../toolchain/jdk.ts';
import { thisMachine } from '../../toolchain/machine.ts';
import { packageFolder, tellSetup } from '../../toolchain/preparation.ts';
import { findMaven } from '../../toolchain/maven.ts';
import { fetchServers, type Server, type ServerId } from './servers.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';

/** What a lake is started with. All of it is in the cache, shared by all lakes of this user. */
export interface Toolchain {
  jdk: Jdk;
  servers: Record<ServerId, Server>;
  jars: BuiltJars;
  /** folder of the DuckDB extensions; absent when they were not asked for */
  extensions: string | undefined;
  templates: string;
}

/**
 * Makes sure that servers, jars and, when asked for, query extensions are there. Some milliseconds when they are.
 * @throws Fault of kind `environment` for what this machine lacks, with the command that installs it
 */
export async function prepare(
  { settings }: LocalLake,
  caller: Caller,
  wanted: { extensions: boolean },
): Promise<Toolchain> {
  const machine = thisMachine(caller.env);
  const folder = packageFolder(caller.entry);
  const { cache, artifacts } = settings.paths;
  const sources = { packageFolder: folder, cache };
  const jdk = findJdk(machine);
  const buildTools = async () => ({ jdk, maven: await findMaven(machine, jdk, caller.signal) });
  const onEvent = tellSetup(caller);
  try {
    // One Maven at a time: two of them would fight for the processor and the local repository.
    const servers = await fetchServers({ ...sources, artifacts }, buildTools, onEvent, caller.signal);
    const jars = await buildJars({ ...sources, use: 'local' }, buildTools, onEvent, caller.signal);
    const extensions = wanted.extensions ? await prepareExtensions(cache, caller) : undefined;
    return { jdk, servers, jars, extensions, templates: join(folder, 'templates') };
  } catch (error) {
    if (caller.signal.aborted)
      throw new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on where it stopped.' });
    throw error;
  }
}

/** Fetches what `query` needs beside the package itself, when it is not there. @returns its folder */
export async function prepareExtensions(cache: string, caller: Caller): Promise<string> {
  return fetchExtensions(cache, thisMachine(caller.env), tellSetup(caller), caller.signal);
}
