import { readFileSync } from 'node:fs';

/** What a process has used since its start. */
export interface Usage {
  /** most resident memory at once, bytes */
  peakBytes: number;
  /** on all processors, user and system */
  cpuSeconds: number;
}

/** Linux counts processor time in hundredths of a second (`getconf CLK_TCK`) for whoever reads `/proc`. */
const ticksPerSecond = 100;

/** Reads `/proc`, see proc(5); undefined when there is no such process any more. */
export function readUsage(pid: number): Usage | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name of the command, in parentheses, may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      peakBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch {
    return undefined;
  }
}

/** Program and class path of a process that runs in a JVM. */
export function readJavaCommand(pid: number): { java: string; classPath: string; options: string[] } {
  const [java = '', ...args] = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  const at = args.indexOf('-cp');
  return {
    java,
    classPath: args[at + 1] ?? '',
    options: args.filter((arg) => arg.startsWith('--add-opens') || arg.startsWith('-XX:+Ignore')),
  };
}
