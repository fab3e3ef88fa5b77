import { alarms } from '../../src/lake/alarms.ts';

/** The lake's own metric of its alarms; those of an account only are CloudWatch's. */
const local = alarms.filter((alarm) => alarm.local !== undefined);

/** Alert of an alarm: `data-stale` is `CryptodmDataStale`. */
export function alertOf(alarm: string): string {
  const words = alarm.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `Cryptodm${words.join('')}`;
}

/** Name of the alert when nothing comes from the lake any more, which the lake can't report itself. */
export const unseen = 'CryptodmUnseen';

/** Alert rules in Prometheus's form: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/. */
export function prometheusRules(): string {
  return [
    '# Generated from src/lake/alarms.ts by "npm run references": change it there.',
    '# Each alarm of a lake on this machine. The lake itself decides when one fires and for how long its reason must last, so nothing waits here.',
    '# In prometheus.yml: rule_files: [PATH/alerts.yml]. The job must be called cryptodm, as "cryptodm open grafana" prints it.',
    'groups:',
    '  - name: cryptodm',
    '    rules:',
    ...local.flatMap(({ id, title, severity, problems }) =>
      rule(
        alertOf(id),
        `cryptodm_alarm_firing{alarm="${id}"} == 1`,
        undefined,
        severity,
        `The lake at {{ $labels.instance }}: ${title}`,
        `"cryptodm status" says what it is and what to do. One of: ${problems.join(', ')}.`,
      ),
    ),
    '      # The machine or the whole lake is gone: it can report nothing then.',
    ...rule(
      unseen,
      'up{job="cryptodm"} == 0 or absent(up{job="cryptodm"})',
      '2m',
      'critical',
      'Nothing comes from the lake',
      'Its machine, its dashboard or the login that Prometheus uses is gone. Run "cryptodm status" there.',
    ),
    '',
  ].join('\n');
}

function rule(
  name: string,
  expression: string,
  lasts: string | undefined,
  severity: string,
  summary: string,
  description: string,
): string[] {
  return [
    `      - alert: ${name}`,
    `        expr: ${expression}`,
    ...(lasts === undefined ? [] : [`        for: ${lasts}`]),
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${quoted(summary)}`,
    `          description: ${quoted(description)}`,
  ];
}

/** A scalar in single quotes: https://yaml.org/spec/1.2.2/#732-single-quoted-style. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
