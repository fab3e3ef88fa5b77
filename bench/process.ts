import { readFileSync } from 'node:fs';

/** Program, class path and the rights to look into modules of a process that runs in a JVM. */
export function readJavaCommand(pid: number): { java: string; classPath: string; options: string[] } {
  const [java = '', ...args] = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  return {
    java,
    classPath: args[args.indexOf('-cp') + 1] ?? '',
    options: args.filter((arg) => arg.startsWith('--add-opens') || arg.startsWith('-XX:+Ignore')),
  };
}
