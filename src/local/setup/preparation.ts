import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import { fetchExtensions } from './extensions.ts';
import { buildJars, type BuiltJars } from '../../toolchain/jars.ts';
import { findJdk, type Jdk } from '../../toolchain/jdk.ts';
import { thisMachine } from '../../toolchain/machine.ts';
import { packageFolder, tellSetup } from '../../toolchain/preparation.ts';
import { findMaven } from '../../toolchain/maven.ts';
import { fetchServers, type Server, type ServerId } from './servers.ts';
import type { Work } from '../../work.ts';

/** What a lake is raised with: everything lies in the cache, shared by all lakes of this user. */
export interface Kit {
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
export async function prepare(work: Work, wanted: { extensions: boolean }): Promise<Kit> {
  const machine = thisMachine();
  const folder = packageFolder(work.entry);
  const sources = { packageFolder: folder, cache: work.settings.paths.cache };
  const jdk = findJdk(machine);
  const toolchain = async () => ({ jdk, maven: await findMaven(machine, jdk, work.signal) });
  const onEvent = tellSetup(work);
  try {
    // One Maven at a time: two of them would fight for the processor and the local repository.
    const servers = await fetchServers(sources, toolchain, onEvent, work.signal);
    const jars = await buildJars(sources, toolchain, onEvent, work.signal);
    const extensions = wanted.extensions ? await prepareExtensions(work) : undefined;
    return { jdk, servers, jars, extensions, templates: join(folder, 'templates') };
  } catch (error) {
    if (work.signal.aborted)
      throw new Fault('interrupted', 'stopped', { next: 'Run the same command again: it goes on where it stopped.' });
    throw error;
  }
}

/** Fetches what `query` needs beside the package itself, when it is not there. @returns its folder */
export async function prepareExtensions(work: Work): Promise<string> {
  return fetchExtensions(work.settings.paths.cache, tellSetup(work), work.signal);
}
