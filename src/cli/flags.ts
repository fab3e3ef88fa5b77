import type { RawSettings } from '../settings/schema.ts';

/** Values that the shell or the lake knows, for completion. */
export type Values = 'file' | 'folder' | 'table' | 'coin' | 'job' | 'part';

/** A flag of a command. Its value reaches `run` as text, or true for a flag without a value. */
export interface CommandOption {
  /** as commander writes it: `--rate <number>`, `-f, --follow` */
  flags: string;
  summary: string;
  /** may be given several times */
  many?: boolean;
  /** values it takes, for help and completion */
  choices?: readonly string[];
  values?: Values;
  /** keys of options that it can't be combined with */
  excludes?: readonly string[];
  /** the setting that it sets for this run, such as `quotes.rate` */
  setting?: string;
}

/** Options of every command. */
export const globalOptions: CommandOption[] = [
  { flags: '--json', summary: 'data as JSON on stdout, one object a line' },
  { flags: '-q, --quiet', summary: 'only results and errors' },
  { flags: '--verbose', summary: 'more of what goes on, and stacks of errors' },
  { flags: '-y, --yes', summary: 'yes to every question' },
  { flags: '--no-input', summary: 'never ask' },
  { flags: '--config <file>', summary: 'settings file (default: cryptodm.yaml here, when it exists)', values: 'file' },
  { flags: '--data <dir>', summary: "the lake's folder", values: 'folder', setting: 'paths.data' },
];

/** Flags of a command as they were given. */
export type Flags = Record<string, string | string[] | boolean | undefined>;

/** The part of the settings that flags set. */
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

/** The value of a flag that takes one, undefined when it was not given. */
export function textOf(flags: Flags, key: string): string | undefined {
  const value = flags[key];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a flag that may be given several times. */
export function textsOf(flags: Flags, key: string): string[] {
  const value = flags[key];
  return Array.isArray(value) ? value : [];
}

/** `--any-port` is kept under `anyPort`, `--no-produce` under `produce`, as commander does. */
export function flagKey(flags: string): string {
  const long = /--(?:no-)?([a-z-]+)/.exec(flags)?.[1] ?? '';
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
