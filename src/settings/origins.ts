import { Fault } from '../errors.ts';
import { secretSettings } from './defaults.ts';
import type { Settings } from './schema.ts';
import { environmentName, flagName, pick, readLayers, settingPaths, type Sources } from './settings.ts';
import { meantSetting, unknownVariables, type UnknownVariable } from './typos.ts';

/** A setting as it holds for a call. */
export interface SettingOrigin {
  /** its path, such as `ports.kafka` */
  setting: string;
  /** null: not set; of a secret only that it is set */
  value: unknown;
  from: 'default' | 'file' | 'environment' | 'flags of up' | 'flag';
  /** line of the file, variable or flag */
  where?: string;
}

/**
 * The settings, and where each comes from.
 * @param settings as they were read from these sources
 * @param wanted a setting or a group; undefined: all
 * @throws Fault of kind `usage` when there is no such setting
 */
export function explainSettings(settings: Settings, sources: Sources, wanted?: string): SettingOrigin[] {
  const known = settingPaths(sources.env);
  const paths = known.filter((path) => {
    const name = path.join('.');
    return wanted === undefined || name === wanted || name.startsWith(`${wanted}.`);
  });
  if (paths.length === 0) {
    const meant = meantSetting(
      wanted ?? '',
      known.map((path) => path.join('.')),
    );
    throw new Fault('usage', `there is no setting ${wanted ?? ''}`, {
      next: meant === undefined ? 'See "cryptodm config show".' : `Did you mean ${meant}?`,
    });
  }
  const { remembered, env, file } = readLayers(sources);
  return paths.map((path) => {
    const setting = path.join('.');
    const value = shown(path, pick(settings, path));
    if (pick(sources.flags, path) !== undefined) return { setting, value, from: 'flag', where: `--${flagName(path)}` };
    if (pick(remembered, path) !== undefined) return { setting, value, from: 'flags of up' };
    if (pick(env, path) !== undefined) return { setting, value, from: 'environment', where: environmentName(path) };
    if (pick(file.values, path) !== undefined) return { setting, value, from: 'file', where: file.line(path) ?? '' };
    return { setting, value, from: 'default' };
  });
}

/** Variables of the environment that look like a setting and set nothing. */
export function strayVariables(env: NodeJS.ProcessEnv): UnknownVariable[] {
  return unknownVariables(env, settingPaths(env).map(environmentName));
}

function shown(path: readonly string[], value: unknown): unknown {
  if (value === undefined) return null;
  if (secretSettings.some((secret) => secret.join('.') === path.join('.'))) return 'set, not shown';
  // An address may carry a login.
  return typeof value === 'string' ? value.replace(/^(\w+:\/\/)[^/@\s]+@/, '$1***@') : value;
}
