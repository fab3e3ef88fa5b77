import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault, toFault } from '../../errors.ts';
import type { SqlSession } from '../../lake-target.ts';
import { databasesOf } from '../../lake/databases.ts';
import { createFormatter, describeOutcome } from '../../tools/sql/format.ts';
import { joinLines } from '../../tools/sql/statements.ts';
import type { Cell } from '../../tools/sql/types.ts';
import type { Context } from '../context.ts';
import { printFault } from '../fault-printer.ts';
import type { SqlOptions } from '../sql-input.ts';
import { showResult, viewResults, type ResultView } from '../sql-results.ts';
import { complete, type Completion } from './completion.ts';
import { History, historyFile, mostEntries } from './history.ts';
import { shellCommands, takeLine, type ShellTask } from './line.ts';
import { findTable, listTables, type KnownTable } from './tables.ts';

const prompt = 'lake> ';
const continuation = '   -> ';

/** Runs the shell until the user leaves it. @throws Fault when the lake can't be queried at all; `interrupted` when the process is to end */
export async function runShell(context: Context, options: SqlOptions): Promise<void> {
  const open = await context.verb('openSql', 'shell');
  const [view, { target, aws }] = await Promise.all([viewResults(context, options), context.settings()]);
  const session = await open();
  try {
    const nothing = { columns: () => undefined, rows: () => undefined };
    // It starts the engine, and says at once where there is no lake.
    await session.query({ sql: 'select 1', asOf: undefined, seconds: options.seconds, rows: undefined }, nothing);
    const { bronze, silver, gold } = databasesOf(target === 'aws' ? aws.databasePrefix : '');
    // Athena looks in one database only.
    const unqualified = target === 'aws' ? [bronze] : [bronze, silver, gold];
    await new Shell(context, session, view, unqualified).run();
  } finally {
    await session.close();
  }
}

class Shell {
  private readonly terminal: Interface;
  private readonly history: History;
  private tables: KnownTable[] = [];
  private waiting = '';
  private last: string | undefined;
  private timing = false;
  private remembers = true;
  private leaving = false;
  /** ends what runs now */
  private running: AbortController | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Context,
    private readonly session: SqlSession,
    private readonly view: ResultView,
    private readonly unqualified: readonly string[],
  ) {
    const { stdin, stdout, env } = context.io;
    this.history = new History(historyFile(env));
    this.terminal = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      history: [...this.history.entries],
      historySize: mostEntries,
      removeHistoryDuplicates: true,
      prompt,
      completer: (line: string): Completion => complete(this.waiting + line, this.tables, this.unqualified),
    });
  }

  async run(): Promise<void> {
    const { io, global } = this.context;
    if (!global.quiet) io.stderr.write('SQL on the lake. \\? shows help, \\q leaves.\n');
    const { terminal } = this;
    const closed = new Promise<void>((settle) => terminal.once('close', settle));
    const end = () => terminal.close();
    io.signal.addEventListener('abort', end);
    let remembered: string[] | undefined;
    terminal.on('history', (lines: string[]) => (remembered = lines));
    terminal.on('line', (line) => {
      this.take(line);
      // One entry for a statement of several lines.
      if (this.waiting === '') remembered?.splice(0, remembered.length, ...this.history.entries);
    });
    terminal.on('SIGINT', () => this.interrupt());
    // Completion works soon; a statement that comes first waits for it.
    this.enqueue(async (signal) => {
      this.tables = await listTables(this.session, this.view.options.seconds, signal).catch(() => []);
    });
    terminal.prompt();
    await closed;
    this.leaving = true;
    this.running?.abort();
    await this.queue;
    io.signal.removeEventListener('abort', end);
    io.stdout.write('\n');
    if (io.signal.aborted) throw new Fault('interrupted', 'interrupted');
  }

  private take(line: string): void {
    const before = this.waiting;
    const { tasks, waiting } = takeLine(before, line);
    this.waiting = waiting;
    if (waiting === '') this.remember(before + line);
    for (const task of tasks) this.enqueue((signal) => this.perform(task, signal));
    this.enqueue(() => Promise.resolve(this.ask()));
  }

  private remember(entry: string): void {
    const text = entry.trimStart().startsWith('\\') ? entry.trim() : joinLines(entry);
    if (this.history.add(text) || !this.remembers) return;
    this.remembers = false;
    this.context.io.stderr.write(`The history can’t be written to ${historyFile(this.context.io.env)}.\n`);
  }

  private ask(): void {
    if (this.leaving) return;
    this.terminal.setPrompt(this.waiting === '' ? prompt : continuation);
    this.terminal.prompt();
  }

  /** Ctrl-C: ends what runs, else forgets what is typed. */
  private interrupt(): void {
    if (this.running !== undefined) {
      this.running.abort();
      return;
    }
    this.waiting = '';
    this.terminal.write(null, { ctrl: true, name: 'e' });
    this.terminal.write(null, { ctrl: true, name: 'u' });
    this.context.io.stdout.write('^C\n');
    this.ask();
  }

  private enqueue(work: (signal: AbortSignal) => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      if (this.leaving) return;
      const running = new AbortController();
      this.running = running;
      try {
        await work(running.signal);
      } catch (error) {
        const { global, io } = this.context;
        if (running.signal.aborted) io.stderr.write('cancelled\n');
        else printFault(toFault(error), io, { json: false, verbose: global.verbose });
      } finally {
        this.running = undefined;
      }
    });
  }

  private async perform(task: ShellTask, signal: AbortSignal): Promise<void> {
    if (task.kind === 'statement') {
      this.last = task.sql;
      await this.show(task.sql, signal, this.view);
      return;
    }
    const { name, argument } = task;
    switch (name) {
      case '\\q':
        this.terminal.close();
        return;
      case '\\?':
        this.print(
          shellCommands.map((known) => `${[known.name, known.argument].join(' ').padEnd(20)} ${known.does}`).join('\n'),
        );
        this.print('Everything else is SQL; a statement ends with a semicolon. Tab completes, Ctrl-C cancels.');
        return;
      case '\\timing':
        this.setTiming(argument);
        return;
      case '\\d':
        await this.describe(argument, signal);
        return;
      case '\\watch':
        await this.watch(argument, signal);
        return;
      default:
        throw new Fault('usage', `there is no command ${name}`, { next: '\\? lists them.' });
    }
  }

  private async show(sql: string, signal: AbortSignal, { options, pager }: ResultView): Promise<void> {
    const { io, global } = this.context;
    const paged = pager && { ...pager, lines: pager.lines, show: (text: string) => this.lend(() => pager.show(text)) };
    const answer = await showResult(this.context, this.session, { options, pager: paged }, { sql, signal });
    if (global.quiet) return;
    const cost = global.verbose && answer.cost !== undefined ? `; ${answer.cost}` : '';
    io.stderr.write(`(${describeOutcome(answer, this.timing ? answer.seconds : undefined)}${cost})\n`);
  }

  /** Leaves the terminal to another program. */
  private async lend(use: () => Promise<void>): Promise<void> {
    const { stdin } = this.context.io;
    this.terminal.pause();
    stdin.setRawMode(false);
    try {
      await use();
    } finally {
      stdin.setRawMode(true);
      this.terminal.resume();
    }
  }

  private setTiming(argument: string): void {
    if (!['', 'on', 'off'].includes(argument)) {
      throw new Fault('usage', `\\timing ${argument}: neither on nor off`, { next: '\\timing [on|off]' });
    }
    this.timing = argument === '' ? !this.timing : argument === 'on';
    this.print(`Timing is ${this.timing ? 'on' : 'off'}.`);
  }

  private async describe(name: string, signal: AbortSignal): Promise<void> {
    this.tables = await listTables(this.session, this.view.options.seconds, signal);
    if (name === '') {
      await this.list(
        ['table', 'columns'],
        this.tables.map((known) => [known.name, known.columns.length]),
      );
      return;
    }
    const found = findTable(this.tables, name);
    if (found === undefined) throw new Fault('query', `no table ${name} in the lake`, { next: '\\d lists them.' });
    await this.list(
      [found.name, 'type'],
      found.columns.map((column) => [column.name, column.type]),
    );
  }

  private async list(head: string[], rows: Cell[][]): Promise<void> {
    const formatter = createFormatter('table', (text) => void this.context.io.stdout.write(text));
    const kindOf = (at: number) => (typeof rows[0]?.[at] === 'number' ? 'number' : 'text');
    await formatter.columns(head.map((name, at) => ({ name, type: '', kind: kindOf(at) })));
    await formatter.rows(rows);
    await formatter.end();
  }

  private async watch(argument: string, signal: AbortSignal): Promise<void> {
    const seconds = argument === '' ? 2 : Number(argument);
    if (!(seconds >= 0.1 && seconds <= 86_400)) {
      throw new Fault('usage', `\\watch ${argument}: not a number of seconds`, { next: 'For example: \\watch 5' });
    }
    if (this.last === undefined) {
      throw new Fault('usage', 'there is no statement to repeat yet', { next: 'Run one, then \\watch.' });
    }
    for (;;) {
      this.print(`${new Date().toISOString()} (every ${String(seconds)} s, until Ctrl-C)`);
      await this.show(this.last, signal, { ...this.view, pager: undefined });
      await pause(seconds * 1000, undefined, { signal });
    }
  }

  private print(text: string): void {
    this.context.print(text);
  }
}
