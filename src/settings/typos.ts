import { nearest } from '../tools/nearest.ts';

/** Variables of ours that are no settings. */
const others = ['CALLED_AS', 'CONFIG', 'JAVA_HOME', 'MVN', 'NODE', 'OS_RELEASE', 'PART', 'PYTHON', 'TERRAFORM_MIRROR'];

const prefix = 'CRYPTODM_';

/** Letters by which a variable may differ from that of a setting to be taken for a wrong spelling of it. */
const fewLetters = 2;

/** A variable that looks like a setting and sets nothing. */
export interface UnknownVariable {
  variable: string;
  /** the one that was probably meant */
  meant?: string;
}

/** The setting that was probably meant by an unknown one. @param known paths of all settings, such as `quotes.speed` */
export function meantSetting(path: string, known: readonly string[]): string | undefined {
  const last = path.split('.').at(-1) ?? '';
  const groups = known.flatMap((one) => one.split('.').map((_, at, names) => names.slice(0, at + 1).join('.')));
  const names = [...new Set(groups)];
  return nearest(path, names) ?? names.find((name) => name.endsWith(`.${last}`));
}

/** Variables that begin like a setting and set nothing. @param known variables of all settings */
export function unknownVariables(env: NodeJS.ProcessEnv, known: readonly string[]): UnknownVariable[] {
  const expected = [...known, ...others.map((name) => `${prefix}${name}`)];
  const names = known.map((name) => name.slice(prefix.length));
  return Object.keys(env)
    .filter((variable) => variable.startsWith(prefix) && !expected.includes(variable))
    .map((variable) => {
      const meant = nearest(variable.slice(prefix.length), names, fewLetters);
      return { variable, ...(meant === undefined ? {} : { meant: `${prefix}${meant}` }) };
    });
}
