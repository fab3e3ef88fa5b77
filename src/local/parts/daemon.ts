/** A file by which it can be told whether a process gets on: its progress, see `docs/contracts.md`. */
export interface Beat {
  file: string;
  /** what gets on, for people */
  name: string;
  /** the topic that it reads */
  follows?: { bootstrapServers: string; topic: string };
}

/** A long-running process of the lake, as data: what the supervisor starts, watches and stops. */
export interface Daemon {
  /** such as `kafka`, `elasticsearch`, `spark`, `producer-quotes`, `producer-trades` */
  id: string;
  /** name and version for people, such as `Kafka 4.4.0` */
  title: string;
  command: string;
  args: string[];
  /** added to a minimal environment (PATH, HOME, LANG, TMPDIR); secrets reach a process only here */
  env: Record<string, string>;
  cwd: string;
  /** file that stdout and stderr are appended to */
  log: string;
  /** milliseconds between SIGTERM and SIGKILL to the process group */
  graceMs: number;
  /** it may end by itself with exit code 0 and is then not started again, as the replay of a recording */
  ends?: boolean;
  /** a process whose beats stop is started again */
  beats?: Beat[];
  /** loopback ports it listens on, so that a start can say who holds one */
  ports: number[];
}
