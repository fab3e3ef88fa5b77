import { dirname } from 'node:path';
import type { Caller, Work } from '../work.ts';
import type { SetupEvent } from './events.ts';
import { buildJars, type BuiltJars } from './jars.ts';
import { findJdk } from './jdk.ts';
import { thisMachine } from './machine.ts';
import { findMaven } from './maven.ts';

/** The folder of this package: the main file is in a folder below it. */
export function packageFolder(entry: string[]): string {
  return dirname(dirname(entry.at(-1) ?? ''));
}

/** Builds the jars, when they are not in the cache. @throws Fault of kind `environment` for what this machine lacks */
export async function prepareJars(work: Work): Promise<BuiltJars> {
  const machine = thisMachine(work.env);
  const sources = { packageFolder: packageFolder(work.entry), cache: work.settings.paths.cache };
  const buildTools = async () => {
    const jdk = findJdk(machine);
    return { jdk, maven: await findMaven(machine, jdk, work.signal) };
  };
  return buildJars(sources, buildTools, tellSetup(work), work.signal);
}

/** Reports the events of the set-up. */
export function tellSetup(caller: Caller): (event: SetupEvent) => void {
  return (event) => {
    caller.onEvent({
      event: 'progress',
      id: `setup-${event.what}`,
      text: describe(event),
      done: event.kind === 'done',
    });
  };
}

function describe(event: SetupEvent): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  switch (event.kind) {
    case 'started':
      return event.detail;
    case 'progress': {
      const total = event.totalBytes === undefined ? '' : ` of ${megabytes(event.totalBytes)}`;
      return `${event.detail}${event.bytes === undefined ? '' : ` (${megabytes(event.bytes)}${total})`}`;
    }
    case 'done':
      return `${event.detail.padEnd(20)} ${event.bytes === undefined ? '' : megabytes(event.bytes)} ${event.seconds.toFixed(1)} s`;
  }
}
