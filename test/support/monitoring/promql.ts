import assert from 'node:assert/strict';
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What a query asks of a metric. */
export interface Selector {
  metric: string;
  /** labels that it matches or groups by */
  labels: string[];
  /** labels that must have a value; others are matched by a pattern */
  equal: Record<string, string>;
}

export interface GrafanaQuery extends Selector {
  panel: string;
  expression: string;
  /** labels that name its series */
  legend: string[];
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string; legendFormat?: string }[] }[];
  templating: { list: { query: string | { query: string } }[] };
}

/** Grafana's own variables, as it fills them in: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/. */
function filledIn(expression: string): string {
  return expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
}

/** Every query of a dashboard. @throws AssertionError for what is not PromQL */
export function queriesOf(json: string): GrafanaQuery[] {
  const { panels } = JSON.parse(json) as Dashboard;
  return panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr, legendFormat = '' }) => {
      const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return selectorsOf(expr).map((selector) => ({ panel: title, expression: filledIn(expr), legend, ...selector }));
    }),
  );
}

/** Every metric that a query selects. @throws AssertionError for what is not PromQL */
export function selectorsOf(query: string): Selector[] {
  const text = filledIn(query);
  const tree = parser.parse(text);
  const wordsOf = (node: SyntaxNode) => text.slice(node.from, node.to);
  const selected: SyntaxNode[] = [];
  const grouped: string[] = [];
  tree.iterate({
    enter: ({ type, node }) => {
      assert.ok(!type.isError, `no PromQL at ${String(node.from)}: ${text}`);
      if (type.name === 'VectorSelector') selected.push(node);
      if (type.name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(wordsOf));
    },
  });
  assert.ok(selected.length > 0, `no metric: ${text}`);
  return selected.map((node) => {
    const metric = node.getChild('Identifier');
    assert.ok(metric, `no name: ${wordsOf(node)}`);
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
    const matched = matchers.map((matcher) => {
      const [label, op, value] = [
        matcher.getChild('LabelName'),
        matcher.getChild('MatchOp'),
        matcher.getChild('StringLiteral'),
      ];
      assert.ok(label && op && value, wordsOf(matcher));
      return { label: wordsOf(label), op: wordsOf(op), value: JSON.parse(wordsOf(value)) as string };
    });
    return {
      metric: wordsOf(metric),
      labels: [...matched.map(({ label }) => label), ...grouped],
      equal: Object.fromEntries(matched.filter(({ op }) => op === '=').map(({ label, value }) => [label, value])),
    };
  });
}

/** Labels that Prometheus adds to what it fetches. */
const added = ['job', 'instance'];

/** A label of ours as Prometheus has it, where it is called as one of its own: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config ("honor_labels"). */
export function scraped(label: string): string {
  return added.includes(label) ? `exported_${label}` : label;
}

/** All labels that a metric has in Prometheus. */
export function scrapedLabels(own: readonly string[]): string[] {
  return [...own.map(scraped), ...added];
}
