import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { alertOf, unseen } from '../../../../build/monitoring/prometheus-rules.ts';
import { alarms } from '../../../../src/lake/alarms.ts';
import { metricsOf } from '../../../../src/local/metrics/exposition.ts';
import type { LakeStatus } from '../../../../src/local/status/model.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { findPrometheus } from '../../../support/monitoring/prometheus-server.ts';
import { queriesOf, scraped } from '../../../support/monitoring/promql.ts';
import { skipWithout } from '../../../support/skipping.ts';
import { ago, found } from '../../../support/status.ts';

const rules = resolve('examples/prometheus/alerts.yml');
const local = alarms.filter((alarm) => alarm.local !== undefined);

/** Series of a lake as Prometheus has them, with `instance` and `job`. @param firing alarms that fire */
async function series(...firing: string[]): Promise<{ series: string; values: string }[]> {
  const status: LakeStatus = {
    ...{ ...found(), state: 'up', problems: [], alerts: { channels: [], waiting: 0, errors: {} } },
    alarms: local.map(({ id, title, severity }) => {
      const state = firing.includes(id) ? 'firing' : 'ok';
      return { ...{ id, title, severity, state, since: ago(9), problems: [] } } as LakeStatus['alarms'][number];
    }),
  };
  const samples = (await metricsOf(status)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [...samples, 'up 1'].map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const own = labels.replaceAll(/(\w+)(?==")/g, (label) => scraped(label));
    const given = [own, 'instance="127.0.0.1:29080"', 'job="cryptodm"'].filter((part) => part !== '');
    return { series: `${name}{${given.join(',')}}`, values: `${value}x5` };
  });
}

describe('the alert rules for Prometheus', function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  let promtool = '';

  before(async function () {
    const found = await findPrometheus();
    skipWithout(this, typeof found === 'string' ? found : undefined);
    if (typeof found !== 'string') ({ promtool } = found);
  });

  const run = async (...args: string[]) => {
    const { exitCode, all } = await execa(promtool, args, { reject: false, stdin: 'ignore', all: true });
    return { exitCode, all };
  };
  const testRules = async (tests: object[]) => {
    const file = join(folder.path, 'alerts.test.json');
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '15s', tests }));
    return run('test', 'rules', file);
  };
  const { groups } = parse(readFileSync(rules, 'utf8')) as {
    groups: { rules: { alert: string; labels: { severity: string }; annotations: Record<string, string> }[] }[];
  };
  const written = groups.flatMap((group) => group.rules);

  it('are read by Prometheus, one for each alarm of a lake on one machine, and one for a lake that is gone', async () => {
    const { exitCode, all } = await run('check', 'rules', '--lint-fatal', rules);
    assert.equal(exitCode, 0, all);
    assert.deepEqual(
      written.map(({ alert }) => alert),
      [...local.map(({ id }) => alertOf(id)), unseen],
    );
  });

  const alertsOf = (alarm: (typeof local)[number] | undefined) =>
    written.map(({ alert, annotations }) => ({
      alertname: alert,
      eval_time: '30s',
      exp_alerts:
        alarm === undefined || alert !== alertOf(alarm.id)
          ? []
          : [
              {
                exp_labels: {
                  ...{ alarm: alarm.id, severity: alarm.severity },
                  ...{ instance: '127.0.0.1:29080', job: 'cryptodm' },
                },
                exp_annotations: {
                  summary: `The lake at 127.0.0.1:29080: ${alarm.title}`,
                  description: annotations['description'],
                },
              },
            ],
    }));

  it('fire with the alarm that the metrics of a lake show, and none beside it', async () => {
    const tests = await Promise.all(
      [undefined, ...local].map(async (alarm) => ({
        interval: '15s',
        input_series: await series(...(alarm === undefined ? [] : [alarm.id])),
        alert_rule_test: alertsOf(alarm),
      })),
    );
    const { exitCode, all } = await testRules(tests);
    assert.equal(exitCode, 0, all);
    // Another expectation fails: the test can.
    const [first, second] = tests;
    const wrong = await testRules([{ ...second, alert_rule_test: first?.alert_rule_test }]);
    assert.notEqual(wrong.exitCode, 0);
  });

  it('fire when nothing comes from the lake for two minutes', async () => {
    const fires = (instance: object) => [
      {
        exp_labels: { severity: 'critical', job: 'cryptodm', ...instance },
        exp_annotations: written.find(({ alert }) => alert === unseen)?.annotations,
      },
    ];
    const instance = { instance: '127.0.0.1:29080' };
    const { exitCode, all } = await testRules([
      {
        interval: '15s',
        input_series: [{ series: 'up{instance="127.0.0.1:29080",job="cryptodm"}', values: '1 0x20' }],
        alert_rule_test: [
          { alertname: unseen, eval_time: '90s', exp_alerts: [] },
          { alertname: unseen, eval_time: '3m', exp_alerts: fires(instance) },
        ],
      },
      {
        interval: '15s',
        input_series: [{ series: 'up{job="another"}', values: '1x20' }],
        alert_rule_test: [{ alertname: unseen, eval_time: '3m', exp_alerts: fires({}) }],
      },
    ]);
    assert.equal(exitCode, 0, all);
  });

  it('are of a Prometheus that also reads every query of the dashboard', async () => {
    const queries = queriesOf(readFileSync('examples/grafana/lake.json', 'utf8'));
    const file = join(folder.path, 'queries.json');
    const recorded = queries.map(({ expression }, at) => ({ record: `query:${String(at)}`, expr: expression }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    const { exitCode, all } = await run('check', 'rules', file);
    assert.equal(exitCode, 0, all);
  });

  it('are asked metrics that promtool finds nothing wrong with', async () => {
    const { exitCode, all } = await execa(promtool, ['check', 'metrics'], {
      ...{ reject: false, all: true },
      input: await metricsOf({
        ...{ ...found(), state: 'up', problems: [], alarms: [], alerts: { channels: [], waiting: 0, errors: {} } },
      }),
    });
    assert.equal(exitCode, 0, all);
  });
});
