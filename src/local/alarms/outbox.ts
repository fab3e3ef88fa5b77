import { waitAfter } from '../../tools/backoff.ts';
import type { Channel, ChannelId } from './channels.ts';
import type { Notification } from './notification.ts';

/** A notification on its way. */
export interface Delivery {
  channel: ChannelId;
  /** UTC */
  queuedAt: string;
  notification: Notification;
}

/** Waits between two tries, in milliseconds. */
export interface RetryPolicy {
  /** doubles with each failure */
  firstWaitMs: number;
  longestWaitMs: number;
  /** age at which a notification is of no use any more */
  giveUpMs: number;
}

export const retryPolicy: RetryPolicy = { firstWaitMs: 1000, longestWaitMs: 300_000, giveUpMs: 86_400_000 };

/** Longest queue; the oldest are dropped. */
const most = 1000;

/**
 * Notifications that are not delivered yet: each channel gets its own in their order, one at a time. One that was delivered is written down at
 * once, so only a kill in between repeats it.
 */
export class Outbox {
  private readonly busy = new Map<ChannelId, Promise<void>>();
  /** by the clock that never jumps */
  private readonly waits = new Map<ChannelId, { failures: number; until: number }>();
  private readonly ending = new AbortController();
  /** why the last try of a channel failed, until one succeeds */
  readonly errors = new Map<ChannelId, string>();

  constructor(
    readonly deliveries: Delivery[],
    private readonly host: {
      save: () => void;
      log: (line: string) => void;
      now: () => Date;
      policy?: RetryPolicy | undefined;
    },
  ) {}

  add(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > most) this.deliveries.splice(0, this.deliveries.length - most);
  }

  /** Tries what is due, without waiting for it. Notifications to a channel that was removed are dropped. */
  tick(channels: readonly Channel[]): void {
    if (this.ending.signal.aborted) return;
    const open = new Set(channels.map(({ id }) => id));
    const kept = this.deliveries.filter(({ channel }) => open.has(channel));
    if (kept.length < this.deliveries.length) {
      this.deliveries.splice(0, this.deliveries.length, ...kept);
      this.host.save();
    }
    for (const channel of channels) {
      const first = this.deliveries.find((delivery) => delivery.channel === channel.id);
      const until = this.waits.get(channel.id)?.until ?? 0;
      if (first === undefined || this.busy.has(channel.id) || performance.now() < until) continue;
      const attempt = this.attempt(channel, first).finally(() => {
        this.busy.delete(channel.id);
        this.tick(channels);
      });
      this.busy.set(channel.id, attempt);
    }
  }

  /** Ends the deliveries under way; the next supervisor tries them again. */
  async end(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.busy.values());
  }

  private async attempt(channel: Channel, delivery: Delivery): Promise<void> {
    const { groupLabels, status } = delivery.notification;
    const what = `${groupLabels.alertname} (${status}) by ${channel.id}`;
    try {
      await channel.deliver(delivery.notification, this.ending.signal);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      this.fail(channel.id, delivery, what, (error as Error).message);
      return;
    }
    this.waits.delete(channel.id);
    this.errors.delete(channel.id);
    this.drop(delivery);
    this.host.log(`notified: ${what}`);
  }

  private fail(channel: ChannelId, delivery: Delivery, what: string, why: string): void {
    const policy = this.host.policy ?? retryPolicy;
    const failures = (this.waits.get(channel)?.failures ?? 0) + 1;
    const waitMs = waitAfter(failures, policy);
    this.waits.set(channel, { failures, until: performance.now() + waitMs });
    this.errors.set(channel, why);
    if (this.host.now().getTime() - Date.parse(delivery.queuedAt) > policy.giveUpMs) {
      this.host.log(`gave up notifying: ${what}: ${why}`);
      this.drop(delivery);
      return;
    }
    this.host.save();
    this.host.log(`can't notify: ${what}: ${why}; trying again in ${String(waitMs)} ms`);
  }

  private drop(delivery: Delivery): void {
    const at = this.deliveries.indexOf(delivery);
    if (at >= 0) this.deliveries.splice(at, 1);
    this.host.save();
  }
}
