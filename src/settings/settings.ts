import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument, isMap, isScalar, type Document } from 'yaml';
import { Fault } from '../errors.ts';
import { alertSettings, defaultSettings, optionalSettings, secretSettings } from './defaults.ts';
import { readRemembered } from './remembered.ts';
import { meantSetting, unknownVariables } from './typos.ts';
import { settingsSchema, type RawSettings, type Settings } from './schema.ts';

export const settingsFile = 'cryptodm.yaml';

export interface Sources {
  /** settings from the command line */
  flags: RawSettings;
  env: NodeJS.ProcessEnv;
  /** folder in which `cryptodm.yaml` is looked for */
  cwd: string;
  /** an explicit file; it must exist */
  file?: string | undefined;
}

/** One wrong value, and where it is. */
interface Diagnosis {
  where: string;
  message: string;
}

type Path = readonly (string | number)[];

/** A command checks its settings once: code generated for the check at run time would cost more than it saves. */
const once = { jitless: true };

/**
 * Reads, checks and freezes the settings. Flags win over the remembered flags of `up`, then come the environment (`CRYPTODM_PORTS_KAFKA`), the
 * file and the defaults.
 * @throws Fault of kind `settings` that lists every wrong value with its place
 */
export function readSettings(sources: Sources): Settings {
  const { given, remembered, env, file } = readLayers(sources);
  const result = settingsSchema.safeParse(merge(merge(given, remembered), sources.flags), once);
  const faults = [...file.faults, ...misspelt(sources.env)];
  if (!result.success) {
    for (const issue of result.error.issues) {
      faults.push(...describe(issue, (path) => place(path, sources.flags, env, file)));
    }
  }
  if (faults.length > 0 || !result.success) {
    throw new Fault('settings', faults.map((fault) => `${fault.where}: ${fault.message}`).join('\n'), {
      next: 'Correct the values above; "cryptodm init --print" shows every setting with its default.',
      facts: { faults },
    });
  }
  const { paths, alpaca, source } = result.data;
  return deepFreeze({
    ...result.data,
    source: source.startsWith('replay:') ? `replay:${absolute(source.slice('replay:'.length), sources.cwd)}` : source,
    paths: {
      data: absolute(paths.data, sources.cwd),
      cache: absolute(paths.cache, sources.cwd),
      artifacts: paths.artifacts === undefined ? undefined : absolute(paths.artifacts, sources.cwd),
    },
    alpaca: { ...alpaca, keys: alpaca.keys === undefined ? undefined : absolute(alpaca.keys, sources.cwd) },
  });
}

/** Settings from one source each, unchecked. */
export interface Layers {
  /** environment over file over defaults */
  given: RawSettings;
  /** flags of the last `up` */
  remembered: RawSettings;
  env: RawSettings;
  file: SettingsDocument;
}

/** @throws Fault of kind `settings` when the named file can't be read */
export function readLayers(sources: Sources): Layers {
  const defaults = defaultSettings(sources.env, homedir());
  const file = readFile(sources);
  const env = readEnvironment(sources.env);
  const given = [env, file.values, defaults].reduceRight(merge, {});
  const data = pick(merge(given, sources.flags), ['paths', 'data']);
  const remembered = typeof data === 'string' ? readRemembered(absolute(data, sources.cwd)) : {};
  return { given, remembered, env, file };
}

/** The path of every setting. */
export function settingPaths(env: NodeJS.ProcessEnv): string[][] {
  return [...leaves(defaultSettings(env, '')), ...optionalSettings, ...alertSettings];
}

export interface SettingsDocument {
  values: RawSettings;
  faults: Diagnosis[];
  line: (path: Path) => string | undefined;
}

function readFile(sources: Sources): SettingsDocument {
  const name = sources.file ?? sources.env['CRYPTODM_CONFIG'] ?? settingsFile;
  const path = resolve(sources.cwd, name);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && name === settingsFile) return { values: {}, faults: [], line: () => undefined };
    throw new Fault('settings', missing ? `no file ${path}` : `can't read ${path}`, {
      where: path,
      next: 'Give a file that can be read, or run "cryptodm init".',
      cause: error,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number | undefined) =>
    offset === undefined ? name : `${name}:${String(lines.linePos(offset).line)}`;
  const faults = document.errors.map((error) => ({
    where: at(error.pos[0]),
    // The line stands before it.
    message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, ''),
  }));
  const values: unknown = faults.length > 0 ? {} : document.toJS();
  if (values !== null && (typeof values !== 'object' || Array.isArray(values))) {
    faults.push({ where: `${name}:1`, message: 'must be settings, such as "source: simulate"' });
    return { values: {}, faults, line: () => name };
  }
  return { values: (values ?? {}) as RawSettings, faults, line: (path) => lineOf(document, path, at) };
}

/** Line in the file of the longest known part of a path. */
function lineOf(document: Document, path: Path, at: (offset: number | undefined) => string): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isScalar(pair.key)) return at(pair.key.range?.[0]);
    }
  }
  return undefined;
}

function readEnvironment(env: NodeJS.ProcessEnv): RawSettings {
  const values: RawSettings = {};
  for (const path of settingPaths(env)) {
    const given = env[environmentName(path)];
    if (given !== undefined && given !== '') put(values, path, given);
  }
  return values;
}

/** Variables of the environment that are nearly those of a setting. Others that begin alike may belong to a script of the user. */
function misspelt(env: NodeJS.ProcessEnv): Diagnosis[] {
  return unknownVariables(env, settingPaths(env).map(environmentName)).flatMap(({ variable, meant }) =>
    meant === undefined ? [] : [{ where: variable, message: `sets nothing; did you mean ${meant}?` }],
  );
}

/** The environment variable of a setting: `ports.kafka` is `CRYPTODM_PORTS_KAFKA`. */
export function environmentName(path: readonly string[]): string {
  return `CRYPTODM_${path.join('_').toUpperCase()}`;
}

function leaves(tree: RawSettings, above: string[] = []): string[][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leaves(value, [...above, key]) : [[...above, key]],
  );
}

type Issue = {
  code: string;
  path: PropertyKey[];
  message: string;
  input?: unknown;
  keys?: string[];
  values?: unknown[];
};

function describe(raw: unknown, where: (path: Path) => { where: string; value: unknown }): Diagnosis[] {
  const issue = raw as Issue;
  const path = issue.path.filter((part) => typeof part !== 'symbol') as (string | number)[];
  if (issue.code === 'unrecognized_keys') {
    const known = settingPaths({}).map((names) => names.join('.'));
    return (issue.keys ?? []).map((key) => {
      const name = [...path, key].join('.');
      const meant = meantSetting(name, known);
      return {
        where: where([...path, key]).where,
        message: `unknown setting ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      };
    });
  }
  const found = where(path);
  const allowed = issue.code === 'invalid_value' ? `must be one of ${(issue.values ?? []).join(', ')}` : issue.message;
  const name = path.join('.');
  const secret = secretSettings.some((one) => name.startsWith(one.join('.')));
  return [{ where: found.where, message: `${name}${secret ? '' : ` is ${show(found.value)}:`} ${allowed}` }];
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : value === undefined ? 'not given' : JSON.stringify(value);
}

function place(path: Path, flags: RawSettings, env: RawSettings, file: SettingsDocument) {
  const names = path.map(String);
  const flag = pick(flags, path);
  if (flag !== undefined) return { where: `--${flagName(names)}`, value: flag };
  const variable = pick(env, path);
  if (variable !== undefined) return { where: environmentName(names), value: variable };
  return { where: file.line(path) ?? settingsFile, value: pick(file.values, path) };
}

/** Flags have the name of the last part of the setting, except where that is not clear. */
export function flagName(path: readonly string[]): string {
  if (path.join('.') === 'aws.timeToLive') return 'ttl';
  return path.join('-').replace(/^(quotes|trades|paths|aws)-/, '');
}

export function pick(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isTree(value) ? value[String(key)] : undefined), tree);
}

/** Environment variables from which `readSettings` reads these local settings, for another process of this program. */
export function renderEnvironment(settings: Settings): Record<string, string> {
  const local = [...leaves(defaultSettings({}, '')), ...optionalSettings].filter(
    ([group]) => group !== 'aws' && group !== 'elastic',
  );
  return Object.fromEntries(
    local.flatMap((path) => {
      const value = pick(settings, path);
      return value === undefined ? [] : [[environmentName(path), String(value)]];
    }),
  );
}

function put(tree: RawSettings, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) tree[key] = value;
  else put((tree[key] ??= {}) as RawSettings, rest, value);
}

/** Both trees in one; `above` wins. */
export function merge(below: RawSettings, above: RawSettings): RawSettings {
  const merged: RawSettings = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const under = merged[key];
    merged[key] = isTree(value) && isTree(under) ? merge(under, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function absolute(path: string, cwd: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
  return isAbsolute(expanded) ? expanded : resolve(cwd, expanded);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach((part) => deepFreeze(part));
    Object.freeze(value);
  }
  return value;
}
