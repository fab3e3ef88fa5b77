import { readFileSync } from 'node:fs';

/** Program, class path and module options of a JVM process. */
export interface JavaCommand {
  java: string;
  classPath: string;
  options: string[];
}

/** Those of a running process. */
export function readJavaCommand(pid: number): JavaCommand {
  const [java = '', ...args] = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  return javaCommandOf(java, args);
}

export function javaCommandOf(java: string, args: string[]): JavaCommand {
  return {
    java,
    classPath: args[args.indexOf('-cp') + 1] ?? '',
    options: args.filter((arg) => arg.startsWith('--add-opens') || arg.startsWith('-XX:+Ignore')),
  };
}
