import { createInterface, type Interface } from 'node:readline';
import { Fault, toFault } from '../../errors.ts';
import type { SqlSession } from '../../lake-target.ts';
import { databasesOf } from '../../lake/databases.ts';
import { joinLines } from '../../tools/sql/statements.ts';
import type { Context } from '../context.ts';
import { printFault } from '../fault-printer.ts';
import type { SqlOptions } from '../sql/input.ts';
import { viewResults, type ResultView } from '../sql/results.ts';
import { complete, type Completion } from './completion.ts';
import { History, historyFile, mostEntries } from './history.ts';
import { takeLine } from './line.ts';
import { ShellTasks } from './tasks.ts';

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
  private readonly tasks: ShellTasks;
  private waiting = '';
  private remembers = true;
  private leaving = false;
  /** ends what runs now */
  private running: AbortController | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Context,
    session: SqlSession,
    view: ResultView,
    unqualified: readonly string[],
  ) {
    const { stdin, stdout, env } = context.io;
    this.history = new History(historyFile(env));
    this.tasks = new ShellTasks(context, session, view, {
      lend: (use) => this.lend(use),
      leave: () => this.terminal.close(),
    });
    this.terminal = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      history: [...this.history.entries],
      historySize: mostEntries,
      removeHistoryDuplicates: true,
      prompt,
      completer: (line: string): Completion => complete(this.waiting + line, this.tasks.tables, unqualified),
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
    this.enqueue((signal) => this.tasks.listTables(signal).catch(() => undefined));
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
    for (const task of tasks) this.enqueue((signal) => this.tasks.perform(task, signal));
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
        const { global, io, pastable } = this.context;
        if (running.signal.aborted) io.stderr.write('cancelled\n');
        else printFault(toFault(error), io, { json: false, verbose: global.verbose }, pastable);
      } finally {
        this.running = undefined;
      }
    });
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
}
