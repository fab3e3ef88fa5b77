import type { Settings } from '../settings/schema.ts';
import type { RawSettings } from '../settings/schema.ts';
import type { Io } from './io.ts';
import type { Flags, CommandOption } from './command.ts';
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

/** The part of the settings tree that flags give. */
export function settingsFromFlags(options: CommandOption[], flags: Flags): RawSettings {
  const tree: RawSettings = {};
  for (const option of options) {
    const value = flags[flagKey(option.flags)];
    if (option.setting === undefined || value === undefined) continue;
    const path = option.setting.split('.');
    const last = path.pop() ?? '';
    const parent = path.reduce<RawSettings>((at, key) => (at[key] ??= {}) as RawSettings, tree);
    parent[last] = value;
  }
  return tree;
}

/** `--any-port` is kept under `anyPort`, `--no-produce` under `produce`, as commander does. */
export function flagKey(flags: string): string {
  const long = /--(?:no-)?([a-z-]+)/.exec(flags)?.[1] ?? '';
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
