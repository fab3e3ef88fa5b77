import { defaultSettings } from './defaults.ts';
import { settingsSchema, type RawSettings } from './schema.ts';
import { groupTexts, sampleSettings, settingTexts } from './texts.ts';

/** Settings that are written as given; the others are commented out, at their defaults. */
export interface ChosenSettings {
  target?: 'local' | 'aws';
  coins?: string[];
  source?: string;
  prefix?: string;
  region?: string;
  email?: string;
  /** such as `8h`; 0 for no end */
  timeToLive?: string;
  /** an existing Elasticsearch */
  elasticUrl?: string;
}

const heading = `# Settings of cryptodm. Everything is optional: a setting that is commented out has the value shown.
# Flags win over the environment (CRYPTODM_PORTS_KAFKA=...), the environment wins over this file.
`;

/** A commented `cryptodm.yaml` with every setting at its default; what was chosen is not commented out. */
export function renderSettingsFile(chosen: ChosenSettings): string {
  const given = givenSettings(chosen);
  const defaults = defaultSettings({}, '~');
  const blocks = Object.keys(settingsSchema.shape).map((key) => {
    const found = defaults[key];
    return isTree(found) ? renderGroup(key, found, given) : renderSetting(key, found, given);
  });
  return [heading, ...blocks].join('\n');
}

/** By path, as YAML. */
function givenSettings(chosen: ChosenSettings): ReadonlyMap<string, string> {
  const aws: [string, unknown][] = [
    ['aws.prefix', chosen.prefix],
    ['aws.region', chosen.region],
    ['aws.email', chosen.email],
    ['aws.timeToLive', chosen.timeToLive],
  ];
  const pairs: [string, unknown][] = [
    ['target', chosen.target ?? 'local'],
    ['coins', chosen.coins],
    ['source', chosen.source],
    ...(chosen.target === 'aws' ? aws : []),
    ['elastic.url', chosen.elasticUrl],
  ];
  return new Map(pairs.flatMap(([path, value]) => (value === undefined ? [] : [[path, renderValue(value)]])));
}

function renderSetting(path: string, value: unknown, given: ReadonlyMap<string, string>): string {
  const shown = given.get(path);
  const line = shown === undefined ? `# ${path}: ${renderValue(value)}` : `${path}: ${shown}`;
  return `# ${sentence(textOf(path))}\n${line}\n`;
}

/** A key under a comment would belong to nothing: the group is open when one of its settings is given. */
function renderGroup(group: string, values: RawSettings, given: ReadonlyMap<string, string>): string {
  const isOpen = [...given.keys()].some((path) => path.startsWith(`${group}.`));
  const lines = settingsOf(group).map((key) => {
    const path = `${group}.${key}`;
    const shown = given.get(path);
    const value = shown ?? renderValue(values[key] ?? sampleOf(path));
    return { line: `${shown === undefined ? '#   ' : '  '}${key}: ${value}`, text: textOf(path) };
  });
  // Long lines keep their comment close, so that the others stay aligned and short.
  const width = Math.max(...lines.map(({ line }) => line.length).filter((length) => length <= 40));
  return [
    `# ${groupTexts[group] ?? ''}`,
    isOpen ? `${group}:` : `# ${group}:`,
    ...lines.map(({ line, text }) => `${line.padEnd(width)}   # ${text}`),
    '',
  ].join('\n');
}

function settingsOf(group: string): string[] {
  return Object.keys((settingsSchema.shape as unknown as Record<string, { shape: object }>)[group]?.shape ?? {});
}

function textOf(path: string): string {
  return (settingTexts as Record<string, string>)[path] ?? groupTexts[path] ?? '';
}

function sampleOf(path: string): unknown {
  return (sampleSettings as Record<string, unknown>)[path];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** YAML of a value, on one line. */
export function renderValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (isTree(value)) {
    return `{ ${Object.entries(value)
      .map(([key, its]) => `${key}: ${renderValue(its)}`)
      .join(', ')} }`;
  }
  // YAML would read 8.20 as the number 8.2.
  const isText = value === '' || (typeof value === 'string' && /^[\d.]+$/.test(value));
  return isText ? `'${value}'` : String(value);
}

function isTree(value: unknown): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
