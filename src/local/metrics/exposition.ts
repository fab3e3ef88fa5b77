import { Counter, Gauge, Registry } from 'prom-client';
import { buildInfo, type BuildInfo } from '../../version.ts';
import type { LakeStatus } from '../status/model.ts';
import { lakeMetrics } from './lake-metrics.ts';
import type { Metric } from './metric.ts';
import { streamMetrics } from './stream-metrics.ts';

/** Every metric of a lake on this machine. */
export const metrics: readonly Metric[] = [...lakeMetrics, ...streamMetrics];

/** Of `metricsOf`, for the header of an answer. */
export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** A status in Prometheus's text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. */
export async function metricsOf(status: LakeStatus): Promise<string> {
  // A registry each: what is gone from the status must be gone from the answer.
  const registry = new Registry();
  const build = await buildInfo();
  for (const metric of metrics) register(registry, metric, status, build);
  return registry.metrics();
}

function register(
  registry: Registry,
  { name, help, type, labels: labelNames, samples }: Metric,
  status: LakeStatus,
  build: BuildInfo,
): void {
  const known = samples(status, build).flatMap(([labels, value]) => (value === undefined ? [] : [{ labels, value }]));
  // A registered metric without labels is shown as 0, although its value is unknown.
  if (known.length === 0) return;
  const described = { name, help, labelNames, registers: [registry] };
  if (type === 'counter') {
    const counter = new Counter(described);
    for (const { labels, value } of known) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(described);
    for (const { labels, value } of known) gauge.set(labels, value);
  }
}
