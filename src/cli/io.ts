/** Everything of a process that the command line uses, so that tests can call it in process. */
export interface Io {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** the path by which the program was called; absent: by its name */
  calledAs?: string | undefined;
  /** aborted by the first Ctrl-C */
  signal: AbortSignal;
}
