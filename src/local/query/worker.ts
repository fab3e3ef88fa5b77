import { spawn, type ChildProcess } from 'node:child_process';
import { Fault, type FaultKind } from '../../errors.ts';
import { memoryOf } from '../../tools/process-identity.ts';
import { parseAsOf } from '../../lake/times.ts';
import type { LakeFiles, QueryLimits, QueryOutcome, QuerySink } from '../../tools/sql/types.ts';
import type { WorkerMessage, WorkerTask } from './worker-process.ts';

export interface WorkerSettings extends LakeFiles {
  /** folder with DuckDB's extensions, see openEngine */
  extensions: string;
  /** a command that calls serveQueries, such as `[process.execPath, 'bin.js', 'query-worker']` */
  command: readonly [string, ...string[]];
  /** seconds count from the moment the statement starts; the process is killed when it doesn't end 1 second later */
  limits: QueryLimits & {
    seconds: number;
    rows: number;
    /** memory of the whole process in bytes, at which it is killed: what the engine allocates beside its own account; none when absent */
    processBytes?: number;
  };
}

export interface RunOptions {
  /** as a person writes it, see parseAsOf; now when absent */
  asOf?: string | undefined;
  signal?: AbortSignal;
  /** rows of this statement, in place of the usual limit */
  rows?: number | undefined;
}

const memoryEveryMs = 200;

/**
 * Runs statements in a child process of its own, one after the other: whatever a statement does to time or memory, the caller lives on.
 * The process starts with the first statement (about 0.2 s), stays for the next (about 0.03 s), and is replaced when it died or was killed.
 */
export class QueryWorker {
  private child: ChildProcess | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;
  private lastId = 0;

  constructor(private readonly settings: WorkerSettings) {}

  /** As runQuery. Statements that come meanwhile wait. */
  run(sql: string, sink: QuerySink, options: RunOptions = {}): Promise<QueryOutcome> {
    const turn = this.queue.then(() => this.runNext(sql, sink, options));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Kills the process; statements that are running or waiting fail with a Fault `interrupted`. */
  close(): void {
    this.closed = true;
    this.kill();
  }

  private kill(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private start(): ChildProcess {
    const [command, ...args] = this.settings.command;
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    // The parent's own end must not wait for this process.
    child.unref();
    child.channel?.unref();
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    return child;
  }

  private async runNext(sql: string, sink: QuerySink, options: RunOptions): Promise<QueryOutcome> {
    const { extensions, catalogFile, catalogName, warehouse, views } = this.settings;
    const limits = { ...this.settings.limits, rows: options.rows ?? this.settings.limits.rows };
    const place = { extensions, catalogFile, catalogName, warehouse, views };
    const asOf = options.asOf === undefined ? undefined : parseAsOf(options.asOf);
    const interrupted = () => new Fault('interrupted', 'the query was interrupted');
    if (this.closed || options.signal?.aborted) throw interrupted();
    const child = (this.child ??= this.start());
    const id = ++this.lastId;
    const task: WorkerTask = { ...place, id, sql, asOf, limits };
    return await new Promise<QueryOutcome>((resolve, reject) => {
      let delivery: Promise<void> = Promise.resolve();
      const settle = (end: () => void) => {
        clearTimeout(timer);
        clearInterval(weighing);
        options.signal?.removeEventListener('abort', onAbort);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        child.channel?.unref();
        end();
      };
      const fail = (fault: unknown) => settle(() => reject(fault));
      const killAndFail = (fault: unknown) => {
        if (this.child === child) this.kill();
        fail(fault);
      };
      const receive = async (message: WorkerMessage) => {
        if ('columns' in message) await sink.columns(message.columns);
        else if ('rows' in message) await sink.rows(message.rows);
        else if ('outcome' in message) settle(() => resolve(message.outcome));
        else {
          const { kind, message: text, ...details } = message.fault;
          fail(new Fault(kind as FaultKind, text, details));
        }
      };
      const onMessage = (message: WorkerMessage) => {
        if (message.id === id) delivery = delivery.then(() => receive(message)).catch(killAndFail);
      };
      const onExit = () =>
        fail(
          this.closed
            ? interrupted()
            : new Fault('query', 'the SQL process ended: the query may have needed too much memory', {
                next: 'narrow the query',
              }),
        );
      const onError = (cause: Error) =>
        killAndFail(new Fault('internal', `the SQL process can't start: ${cause.message}`, { cause }));
      const onAbort = () => killAndFail(interrupted());
      const tooLarge = () => {
        const held = child.pid === undefined ? undefined : memoryOf(child.pid);
        if (held === undefined || held <= (limits.processBytes ?? Number.POSITIVE_INFINITY)) return;
        killAndFail(new Fault('query', 'the query needs too much memory', { next: 'narrow the query' }));
      };
      const overdue = () =>
        killAndFail(new Fault('query', `the query took longer than ${limits.seconds} s`, { next: 'narrow the query' }));
      // The engine stops itself at the limit; this catches one that can't, and a process that hangs at its start.
      const weighing = limits.processBytes === undefined ? undefined : setInterval(tooLarge, memoryEveryMs);
      const timer = setTimeout(overdue, (limits.seconds + 1) * 1000);
      options.signal?.addEventListener('abort', onAbort);
      child.on('message', onMessage).once('exit', onExit).once('error', onError);
      child.channel?.ref();
      child.send(task, (cause) => {
        if (cause) onError(cause);
      });
    });
  }
}
