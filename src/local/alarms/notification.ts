import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Alarm } from '../../lake/alarms.ts';
import type { Transition } from './evaluation.ts';

/**
 * What a receiver gets, in the form of Alertmanager's webhooks (version 4), which many tools take as it is:
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. One alert each; `fingerprint`, `startsAt` and `status` together
 * name it, so that a receiver recognises a repeat.
 */
export interface Notification {
  version: '4';
  groupKey: string;
  truncatedAlerts: 0;
  status: Transition['to'];
  receiver: 'cryptodm';
  groupLabels: { alertname: string };
  commonLabels: Record<string, string>;
  commonAnnotations: Record<string, string>;
  externalURL: string;
  alerts: [
    {
      status: Transition['to'];
      labels: Record<string, string>;
      annotations: Record<string, string>;
      /** UTC */
      startsAt: string;
      /** UTC; of one that still fires Go's zero time, as Alertmanager has it */
      endsAt: string;
      generatorURL: string;
      /** of alarm and lake, the same each time */
      fingerprint: string;
    },
  ];
}

const zeroTime = '0001-01-01T00:00:00Z';

/** @param data the lake's folder, by which two lakes of a machine differ */
export function renderNotification(
  { id, title, severity }: Alarm,
  { to, memory }: Transition,
  data: string,
  now: Date,
): Notification {
  const labels = { alertname: id, severity, lake: data, host: hostname() };
  const annotations = {
    summary: title,
    description: memory.problems.map(({ what }) => what).join('; '),
    runbook: memory.problems.map(({ next }) => next).join(' '),
  };
  const fingerprint = createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16);
  return {
    version: '4',
    groupKey: `{}:{alertname="${id}"}`,
    truncatedAlerts: 0,
    status: to,
    receiver: 'cryptodm',
    groupLabels: { alertname: id },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [
      {
        ...{ status: to, labels, annotations, startsAt: memory.firedAt ?? memory.seenAt },
        ...{ endsAt: to === 'resolved' ? now.toISOString() : zeroTime, generatorURL: '', fingerprint },
      },
    ],
  };
}
