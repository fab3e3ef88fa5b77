import { alarms, type AlarmLimit } from '../../src/lake/alarms.ts';
import { code, page, table } from './markdown.ts';

export function alarmsPage(): string {
  const rows = alarms.map(({ id, title, severity, problems, local, account }) => [
    code(id),
    title,
    severity,
    local === undefined ? 'never' : limitText(local, id === 'disk-filling' ? 'below' : 'above'),
    problems.map(code).join(', '),
    limitText(account, 'above'),
  ]);
  return page('Alarms', 'src/lake/alarms.ts', [
    'On this machine an alarm fires when a problem that `status` names has lasted for the time given. In an account a CloudWatch alarm watches the limit. How messages are sent: [monitoring.md](monitoring.md#alarms).',
    table(['alarm', 'meaning', 'severity', 'on this machine', 'raised by the problems', 'in an account'], rows),
  ]);
}

function limitText({ threshold, unit, holdSeconds }: AlarmLimit, side: 'above' | 'below'): string {
  const limit = threshold === 0 ? 'any' : `${side} ${amount(threshold, unit)}`;
  return holdSeconds === 0 ? `${limit}, at once` : `${limit}, for ${duration(holdSeconds)}`;
}

function amount(threshold: number, unit: AlarmLimit['unit']): string {
  if (unit === 'seconds') return duration(threshold);
  if (unit === 'bytes') return `${String(threshold / 2 ** 30)} GiB`;
  return unit === 'percent' ? `${String(threshold)} %` : `${threshold.toLocaleString('en-US')} ${unit}`;
}

function duration(seconds: number): string {
  for (const [size, name] of [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return `${String(seconds / size)} ${name}`;
  }
  return `${String(seconds)} s`;
}
