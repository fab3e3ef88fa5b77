import type { Answer, LakeTarget, LakeVerbs, TargetWork, Verb } from '../lake-target.ts';
import type { Settings } from '../settings/schema.ts';
import type { RawSettings } from '../settings/schema.ts';
import type { Sources } from '../settings/settings.ts';
import type { Io } from './io.ts';
import type { Reporter } from './reporters/reporter.ts';
import { Fault } from '../errors.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  yes: boolean;
  input: boolean;
  config: string | undefined;
  data: string | undefined;
}

/** What a command gets: the process's input and output, the settings and a reporter. */
export class Context {
  private read: Settings | undefined;

  constructor(
    readonly io: Io,
    readonly global: GlobalFlags,
    readonly reporter: Reporter,
    /** settings that the flags of this run give */
    readonly givenSettings: RawSettings,
    /** arguments of node that start this program again */
    readonly entry: string[],
    /** gives the commands in a hint the name and the flags of this call */
    readonly pastable: (text: string) => string,
  ) {}

  /** @throws Fault of kind `settings` with every wrong value */
  async settings(): Promise<Settings> {
    if (this.read === undefined) {
      const { readSettings } = await import('../settings/settings.ts');
      this.read = readSettings(this.settingSources());
    }
    return this.read;
  }

  /** Of the terminal; undefined where stdout is none. */
  get columns(): number | undefined {
    const { stdout } = this.io;
    return stdout.isTTY ? stdout.columns : undefined;
  }

  /** Where the settings of this call come from. */
  settingSources(): Sources {
    return { flags: this.givenSettings, env: this.io.env, cwd: this.io.cwd, file: this.global.config };
  }

  /** What a verb of a lake works with. @throws Fault as `settings` */
  async work(): Promise<TargetWork> {
    const { io, reporter, entry, pastable } = this;
    return {
      settings: await this.settings(),
      signal: io.signal,
      env: io.env,
      onEvent: reporter.show,
      entry,
      person: {
        show: (text) => {
          reporter.end();
          if (!this.global.json && !this.global.quiet) this.print(pastable(text));
        },
        showWaiting: (text) => {
          if (!this.global.json) reporter.show({ event: 'progress', id: 'wait', text });
        },
        confirm: (question) => this.confirm(question),
        confirmName: (question, name) => this.confirmName(question, name),
        columns: this.columns,
      },
    };
  }

  /** The target of the lake in the settings. */
  async target(): Promise<LakeTarget> {
    const [{ target }, { targets }] = await Promise.all([this.settings(), import('../targets.ts')]);
    return targets[target]();
  }

  /**
   * A verb of the lake in the settings, on its target.
   * @param command as the user called it
   * @throws Fault of kind `usage` when its target has no such verb
   */
  async verb<V extends Verb>(verb: V, command: string): Promise<LakeVerbs[V]> {
    const { requireVerb } = await import('../lake-target.ts');
    return requireVerb(await this.target(), await this.work(), verb, command);
  }

  /** Prints the answer of a verb, for programs or for people. @returns the exit code */
  answer({ data, text, minor, exitCode }: Answer): number {
    this.reporter.end();
    if (this.global.json) for (const object of data) this.data(object);
    else if (text !== '' && !(minor === true && this.global.quiet)) this.print(this.pastable(text));
    return exitCode ?? 0;
  }

  /** Data for programs: one JSON object a line on stdout. */
  data(content: unknown): void {
    this.io.stdout.write(`${JSON.stringify(content)}\n`);
  }

  /** Text for people on stdout: the result of the command. */
  print(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }

  /** Asks a yes-or-no question. @throws Fault of kind `declined` when the answer is no or there is nobody to ask */
  async confirm(question: string): Promise<void> {
    const answer = await this.ask(question, `${question} [y/N] `);
    if (answer !== undefined && !/^y(es)?$/i.test(answer)) throw new Fault('declined', 'Nothing was changed.');
  }

  /** Lets the user type a name, where a yes is too easy. @throws Fault as `confirm` */
  async confirmName(question: string, name: string): Promise<void> {
    const answer = await this.ask(question, `${question} Type its name (${name}) to go on: `);
    if (answer !== undefined && answer !== name) throw new Fault('declined', 'Nothing was changed.');
  }

  /** Whether there is a user to ask. */
  get canAsk(): boolean {
    return this.global.input && this.io.stdin.isTTY && !this.global.json;
  }

  /** Asks for a text; with `hidden` the screen does not show it. @throws Fault of kind `declined` when there is nobody to ask */
  async askFor(question: string, how: { hidden?: boolean; next: string }): Promise<string> {
    if (!this.canAsk) throw new Fault('declined', `${question}: there is no terminal to ask on.`, { next: how.next });
    const { askText } = await import('./question.ts');
    return askText(`${question}: `, this.io, how.hidden === true);
  }

  /** The answer; undefined with --yes. */
  private async ask(question: string, prompt: string): Promise<string | undefined> {
    if (this.global.yes) return undefined;
    if (!this.canAsk) {
      throw new Fault('declined', `${question} There is no terminal to ask on.`, {
        next: 'Answer yes beforehand with --yes.',
      });
    }
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: this.io.stdin, output: this.io.stderr });
    try {
      return (await terminal.question(prompt, { signal: this.io.signal })).trim();
    } finally {
      terminal.close();
    }
  }
}
