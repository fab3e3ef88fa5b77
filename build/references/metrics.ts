import { metrics } from '../../src/local/metrics/exposition.ts';
import { code, page, table } from './markdown.ts';

export function metricsPage(): string {
  const rows = metrics.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(', '), help]);
  return page('Metrics', 'src/local/metrics', [
    'Prometheus’s text format, version 0.0.4: `cryptodm metrics`, and `GET /metrics` of the dashboard’s server. A value that nobody knows is left out. How to use them: [monitoring.md](monitoring.md).',
    table(['metric', 'type', 'labels', 'meaning'], rows),
  ]);
}
