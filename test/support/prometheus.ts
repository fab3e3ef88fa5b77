import assert from 'node:assert/strict';

export interface ParsedMetric {
  type: string;
  help: string;
  /** values by their labels, such as `{"job":"quotes-iceberg"}` */
  values: Map<string, number>;
}

const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|(?=\}))/;

/**
 * Reads Prometheus's text format, version 0.0.4, as strictly as its specification: HELP and TYPE once and before the samples, all samples of a
 * metric together, no two with the same labels, a line feed at the end.
 */
export function parseExposition(text: string): Map<string, ParsedMetric> {
  const metrics = new Map<string, ParsedMetric>();
  assert.ok(text.endsWith('\n'), 'the last line has no line feed');
  let current = '';
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, kind = '', metric = '', rest = ''] = comment;
      if (kind === 'HELP') {
        assert.ok(!metrics.has(metric), `${metric} appears twice`);
        metrics.set(metric, { help: rest, type: 'untyped', values: new Map() });
        current = metric;
      } else {
        const known = metrics.get(metric);
        assert.ok(
          known !== undefined && metric === current && known.values.size === 0,
          `TYPE of ${metric} is misplaced`,
        );
        assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
        known.type = rest;
      }
      continue;
    }
    const [metric = ''] = name.exec(line) ?? [];
    assert.equal(metric, current, `a sample out of its place: ${line}`);
    const { labels, rest } = readLabels(line.slice(metric.length));
    const value = /^ (\S+)$/.exec(rest)?.[1] ?? '';
    assert.ok(value !== '' && !Number.isNaN(Number(value)), `no value: ${line}`);
    const known = metrics.get(metric);
    assert.ok(known !== undefined && !known.values.has(labels), `${line} appears twice`);
    known.values.set(labels, Number(value));
  }
  return metrics;
}

function readLabels(text: string): { labels: string; rest: string } {
  if (!text.startsWith('{')) return { labels: '{}', rest: text };
  const labels: Record<string, string> = {};
  let rest = text.slice(1);
  while (!rest.startsWith('}')) {
    const found = label.exec(rest);
    assert.ok(found !== null, `no label: ${rest}`);
    const [whole, key = '', value = ''] = found;
    labels[key] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return { labels: labelled(labels), rest: rest.slice(1) };
}

/** Labels in the form of the keys of `values`. */
export function labelled(labels: Record<string, string>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}
