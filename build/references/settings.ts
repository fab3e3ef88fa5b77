import { commands } from '../../src/cli/commands/all.ts';
import { defaultSettings, secretSettings } from '../../src/settings/defaults.ts';
import { settingsSchema, type RawSettings } from '../../src/settings/schema.ts';
import { renderValue } from '../../src/settings/template.ts';
import { groupTexts, settingTexts, type SettingPath } from '../../src/settings/texts.ts';
import { code, page, sentence, table } from './markdown.ts';

const intro = `Everything has a default. \`cryptodm init\` writes all settings, commented, into \`cryptodm.yaml\`. The file is looked for in the current folder; \`--config FILE\` or \`CRYPTODM_CONFIG\` names another.

**Precedence:** flags of this command, then the flags of the last \`up\` (they hold until \`down\`), then the environment, then the file, then the defaults.

**Environment:** every setting has a variable: \`CRYPTODM_\`, then the path in capitals with \`_\` for the dot. \`ports.kafka\` is \`CRYPTODM_PORTS_KAFKA\`. A list is written with commas, that of \`alerts.command\` as JSON.

A wrong value is refused with every fault, its line and what is allowed (exit code 3). Times are written as \`500ms\`, \`5s\`, \`2m\`, \`1h\`, \`7d\`, or as a number of seconds. Unknown keys are refused, as are variables that are nearly those of a setting. \`cryptodm config show\` lists every setting with its value and where it comes from, never a secret.`;

export function settingsPage(): string {
  const groups = new Map<string, SettingPath[]>();
  for (const path of Object.keys(settingTexts) as SettingPath[]) {
    const group = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
    groups.set(group, [...(groups.get(group) ?? []), path]);
  }
  const blocks = [...groups].flatMap(([group, paths]) => [
    ...(group === '' ? ['## General'] : [`## ${group}`, sentence(groupTexts[group] ?? '')]),
    table(['setting', 'default', 'meaning', 'value', 'flag'], paths.map(row)),
  ]);
  return page('Settings', 'src/settings', [intro, ...blocks]);
}

function row(path: SettingPath): string[] {
  const value = path.split('.').reduce<unknown>((at, key) => (at as RawSettings)[key], defaultSettings({}, '~'));
  const secret = secretSettings.some((its) => its.join('.') === path) ? '; may be a secret: no message shows it' : '';
  return [
    code(path),
    value === undefined ? 'none' : code(renderValue(value)),
    `${settingTexts[path]}${secret}`,
    allowed(path),
    flags(path).map(code).join(', '),
  ];
}

/** What the schema itself says of a wrong value. */
function allowed(path: SettingPath): string {
  let at: unknown = settingsSchema;
  for (const key of path.split('.')) at = (at as { shape: Record<string, unknown> }).shape[key];
  const schema = at as { safeParse: (given: unknown) => { error?: { issues: Issue[] } } };
  for (const wrong of ['\0', '', 7]) {
    const issue = schema.safeParse(wrong).error?.issues[0];
    if (issue === undefined) continue;
    if (issue.values !== undefined) return issue.values.map(String).map(code).join(', ');
    if (issue.errors !== undefined) return '`true`, `false`';
    if (issue.message.startsWith('Invalid input')) return 'text';
    return issue.message.replace(/^must be /, '').replace(/^\0 is not a pair/, 'pairs');
  }
  return '';
}

interface Issue {
  message: string;
  values?: unknown[];
  errors?: unknown[];
}

/** Flags that give this setting for one run. */
function flags(path: SettingPath): string[] {
  const options = commands.flatMap((command) => command.options ?? []).filter(({ setting }) => setting === path);
  return [...new Set(options.map(({ flags: given }) => given.split(' ')[0] ?? given))];
}
