import type { Settings } from '../settings/schema.ts';

/** `host:port`, as Kafka's clients take it. */
export function brokerAddress(settings: Settings): string {
  return `127.0.0.1:${String(settings.ports.kafka)}`;
}

/** URL of Elasticsearch. */
export function searchAddress(settings: Settings): string {
  return `http://127.0.0.1:${String(settings.ports.elasticsearch)}`;
}

/** URL of the dashboard. */
export function dashboardAddress(settings: Settings): string {
  return `http://127.0.0.1:${String(settings.ports.dashboard)}`;
}
