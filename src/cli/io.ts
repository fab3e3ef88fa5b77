/** Everything of a process that a command line touches, so that it can be called in process. */
export interface Io {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** aborted by the first Ctrl-C */
  signal: AbortSignal;
}
