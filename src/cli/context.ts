import type { Answer, LakeTarget, LakeVerbs, TargetWork, Verb } from '../lake-target.ts';
import type { Settings } from '../settings/schema.ts';
import type { RawSettings } from '../settings/schema.ts';
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

/** What a command gets: the world, the settings and somewhere to report. */
export class Context {
  private read: Settings | undefined;

  constructor(
    readonly io: Io,
    readonly global: GlobalFlags,
    readonly reporter: Reporter,
    /** what flags of this run gave, as a part of the settings */
    readonly givenSettings: RawSettings,
    /** arguments of node that start this program again */
    readonly entry: string[],
  ) {}

  /** @throws Fault of kind `settings` with every wrong value */
  async settings(): Promise<Settings> {
    if (this.read === undefined) {
      const { readSettings } = await import('../settings/settings.ts');
      this.read = readSettings({
        flags: this.givenSettings,
        env: this.io.env,
        cwd: this.io.cwd,
        file: this.global.config,
      });
    }
    return this.read;
  }

  /** What a verb of a lake works with. @throws Fault as `settings` */
  async work(): Promise<TargetWork> {
    const { io, reporter, entry } = this;
    return {
      settings: await this.settings(),
      signal: io.signal,
      env: io.env,
      onEvent: reporter.show,
      entry,
      person: {
        show: (text) => {
          reporter.end();
          if (!this.global.json && !this.global.quiet) this.print(text);
        },
        confirm: (question) => this.confirm(question),
        confirmName: (question, name) => this.confirmName(question, name),
      },
    };
  }

  /** Where the lake is that the settings name. */
  async target(): Promise<LakeTarget> {
    const [{ target }, { targets }] = await Promise.all([this.settings(), import('../targets.ts')]);
    return targets[target]();
  }

  /**
   * A verb of the lake that the settings name, on whichever target it is.
   * @param command as the person called it
   * @throws Fault of kind `usage` when its target has no such verb
   */
  async verb<V extends Verb>(verb: V, command: string): Promise<LakeVerbs[V]> {
    const { requireVerb } = await import('../lake-target.ts');
    return requireVerb(await this.target(), await this.work(), verb, command);
  }

  /** Prints what a verb has found, for programs or for people. @returns the exit code */
  answer({ data, text, minor, exitCode }: Answer): number {
    this.reporter.end();
    if (this.global.json) for (const object of data) this.data(object);
    else if (text !== '' && !(minor === true && this.global.quiet)) this.print(text);
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

  /** Asks a yes-or-no question. @throws Fault of kind `declined` when nobody can be asked or the answer is no */
  async confirm(question: string): Promise<void> {
    const answer = await this.ask(question, `${question} [y/N] `);
    if (answer !== undefined && !/^y(es)?$/i.test(answer)) throw new Fault('declined', 'Nothing was changed.');
  }

  /** Asks for a name to be typed, where a yes comes too easily. @throws Fault as `confirm` */
  async confirmName(question: string, name: string): Promise<void> {
    const answer = await this.ask(question, `${question} Type its name (${name}) to go on: `);
    if (answer !== undefined && answer !== name) throw new Fault('declined', 'Nothing was changed.');
  }

  /** Whether there is a person to ask. */
  get canAsk(): boolean {
    return this.global.input && this.io.stdin.isTTY && !this.global.json;
  }

  /** Asks for a text; what is typed stays off the screen with `hidden`. @throws Fault of kind `declined` when nobody can be asked */
  async askFor(question: string, how: { hidden?: boolean; next: string }): Promise<string> {
    if (!this.canAsk) throw new Fault('declined', `${question}: nobody can be asked here.`, { next: how.next });
    const { askText } = await import('./question.ts');
    return askText(`${question}: `, this.io, how.hidden === true);
  }

  /** The answer, undefined when yes was said beforehand. */
  private async ask(question: string, prompt: string): Promise<string | undefined> {
    if (this.global.yes) return undefined;
    if (!this.canAsk) {
      throw new Fault('declined', `${question} Nobody can be asked here.`, { next: 'Say yes beforehand with --yes.' });
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
