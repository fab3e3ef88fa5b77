import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { metrics } from '../../../../src/local/metrics/exposition.ts';
import { queriesOf, scraped, scrapedLabels, selectorsOf } from '../../../support/monitoring/promql.ts';

describe('the dashboard for Grafana', () => {
  const json = readFileSync('examples/grafana/lake.json', 'utf8');

  it('asks for metrics of a lake only, by labels that they have', () => {
    const queries = queriesOf(json);
    assert.ok(queries.length >= 20);
    for (const { panel, metric, labels, legend } of queries) {
      const declared = metrics.find(({ name }) => name === metric);
      assert.ok(declared, `${panel}: there is no ${metric}`);
      const known = scrapedLabels(declared.labels);
      assert.ok(
        labels.every((label) => known.includes(label)),
        `${panel}: ${metric} has no ${labels.join(' or no ')}`,
      );
      // The job is the same for all series of a lake.
      const names = [...declared.labels.map(scraped), 'instance'];
      assert.ok(
        legend.every((label) => names.includes(label)),
        `${panel}: ${legend.join(', ')}`,
      );
    }
  });

  it('shows rates of counters, and of nothing else', () => {
    for (const { panel, metric, expression } of queriesOf(json)) {
      const counts = metrics.find(({ name }) => name === metric)?.type === 'counter';
      assert.equal(/^(rate|increase)\(/.test(expression), counts, panel);
    }
  });

  it('asks for its data source, and for one lake or all', () => {
    const { templating, panels } = JSON.parse(json) as {
      templating: { list: { name: string }[] };
      panels: { type: string; datasource?: { uid: string }; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[];
    };
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ['datasource', 'instance'],
    );
    for (const { type, datasource } of panels)
      assert.equal(datasource?.uid, type === 'row' ? undefined : '${datasource}');
    const overlap = panels.some(({ gridPos: a }, at) =>
      panels
        .slice(at + 1)
        .some(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    );
    assert.equal(overlap, false);
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  });

  it('is read as PromQL, so that a mistake is found', () => {
    assert.throws(() => selectorsOf('rate(cryptodm_job_rows_total{job=}[1m])'), /no PromQL/);
    assert.deepEqual(selectorsOf('sum by (part) (cryptodm_problem{instance=~"$instance", problem="disk-full"})'), [
      { metric: 'cryptodm_problem', labels: ['instance', 'problem', 'part'], equal: { problem: 'disk-full' } },
    ]);
  });
});
