import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../errors.ts';
import type { SqlSession } from '../../lake-target.ts';
import { createFormatter, describeOutcome } from '../../tools/sql/format.ts';
import type { Cell } from '../../tools/sql/types.ts';
import type { Context } from '../context.ts';
import { showResult, type ResultView } from '../sql/results.ts';
import { shellCommands, type ShellTask } from './line.ts';
import { findTable, listTables, type KnownTable } from './tables.ts';

/** The terminal that a shell runs on. */
export interface ShellScreen {
  /** Leaves the terminal to another program meanwhile. */
  lend: (use: () => Promise<void>) => Promise<void>;
  leave: () => void;
}

/** What a shell can be asked for: SQL, and its own commands. */
export class ShellTasks {
  /** as they were when they were listed last */
  tables: KnownTable[] = [];
  private last: string | undefined;
  private timing = false;

  constructor(
    private readonly context: Context,
    private readonly session: SqlSession,
    private readonly view: ResultView,
    private readonly screen: ShellScreen,
  ) {}

  /** @throws Fault as the query */
  async listTables(signal: AbortSignal): Promise<void> {
    this.tables = await listTables(this.session, this.view.options.seconds, signal);
  }

  /** @throws Fault as the query, and of kind `usage` for a command that is none */
  async perform(task: ShellTask, signal: AbortSignal): Promise<void> {
    if (task.kind === 'statement') {
      this.last = task.sql;
      await this.show(task.sql, signal, this.view);
      return;
    }
    const { name, argument } = task;
    switch (name) {
      case '\\q':
        this.screen.leave();
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
    const paged = pager && {
      ...pager,
      lines: pager.lines,
      show: (text: string) => this.screen.lend(() => pager.show(text)),
    };
    const answer = await showResult(this.context, this.session, { options, pager: paged }, { sql, signal });
    if (global.quiet) return;
    const cost = global.verbose && answer.cost !== undefined ? `; ${answer.cost}` : '';
    io.stderr.write(`(${describeOutcome(answer, this.timing ? answer.seconds : undefined)}${cost})\n`);
  }

  private setTiming(argument: string): void {
    if (!['', 'on', 'off'].includes(argument)) {
      throw new Fault('usage', `\\timing ${argument}: neither on nor off`, { next: '\\timing [on|off]' });
    }
    this.timing = argument === '' ? !this.timing : argument === 'on';
    this.print(`Timing is ${this.timing ? 'on' : 'off'}.`);
  }

  private async describe(name: string, signal: AbortSignal): Promise<void> {
    await this.listTables(signal);
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
