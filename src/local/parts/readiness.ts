import { isDashboardReady } from './dashboard.ts';
import { isElasticsearchReady } from './elasticsearch.ts';
import { isKafkaReady } from './kafka.ts';
import type { Readiness } from './part.ts';

/** Whether a part of this lake, and not another lake's, works now. Never waits. */
export async function isReady(readiness: Readiness | undefined): Promise<boolean> {
  switch (readiness?.probe) {
    case undefined:
      return true;
    case 'kafka':
      return isKafkaReady(readiness);
    case 'elasticsearch':
      return isElasticsearchReady(readiness);
    case 'http':
      return isDashboardReady(readiness);
  }
}
