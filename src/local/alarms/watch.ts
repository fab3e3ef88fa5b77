import type { Alarm } from '../../lake/alarms.ts';
import type { Channel } from './channels.ts';
import { evaluateAlarms, type AlarmMemories, type Transition } from './evaluation.ts';
import type { Problem } from '../../lake/alarms.ts';
import { readAlertMemory, writeAlertMemory, type AlertMemory } from './memory.ts';
import { renderNotification } from './notification.ts';
import { Outbox, type RetryPolicy } from './outbox.ts';

export interface AlarmWatchOptions {
  alarms: readonly Alarm[];
  /** the lake's folder */
  data: string;
  /** where the memory is written */
  file: string;
  /** what is wrong now, and where notifications go; a rejection is logged once, and the next evaluation tries again */
  look: () => Promise<{ problems: Problem[]; channels: Channel[] }>;
  log: (line: string) => void;
  now?: () => Date;
  retries?: RetryPolicy;
}

/** A longer break between two evaluations means that nothing watched: this machine slept, or the lake was down. */
const longestBreakMs = 30_000;

/** Evaluates the alarms of a lake, and notifies the channels of each that starts or stops firing. */
export class AlarmWatch {
  private memory: AlertMemory;
  private readonly outbox: Outbox;
  private channels: Channel[] = [];
  private failure: string | undefined;
  private unsaved = false;
  private ended = false;

  constructor(private readonly options: AlarmWatchOptions) {
    this.memory = readAlertMemory(options.file);
    const save = () => {
      this.save();
    };
    const { log, retries: policy } = options;
    this.outbox = new Outbox(this.memory.outbox, { save, log, now: () => this.now(), policy });
  }

  /** Looks once. Never rejects. */
  async evaluate(): Promise<void> {
    const now = this.now();
    try {
      const { problems, channels } = await this.options.look();
      // The lake may be removed by now: nothing may be written to its folder.
      if (this.ended) return;
      this.failure = undefined;
      this.channels = channels;
      this.evaluateAll(problems, now);
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.failure) this.options.log(`can't evaluate the alarms: ${message}`);
      this.failure = message;
    }
  }

  /** Delivers what is due, without waiting for it. */
  deliver(): void {
    if (this.ended) return;
    if (this.unsaved) this.save();
    this.outbox.tick(this.channels);
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.outbox.end();
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }

  private evaluateAll(problems: Problem[], now: Date): void {
    const before = this.watched(now);
    const { memories, transitions } = evaluateAlarms(this.options.alarms, problems, before, now);
    this.memory = {
      ...this.memory,
      ...before,
      memories,
      at: now.toISOString(),
      channels: this.channels.map(({ id }) => id),
    };
    for (const transition of transitions) {
      this.options.log(`alarm ${transition.alarm} ${transition.to}: ${describe(transition)}`);
      if (transition.to === 'resolved') this.resolve(transition, now);
    }
    this.announce(now);
    // Before anything is sent, so that a kill forgets nothing.
    this.save();
    this.deliver();
  }

  /** After a break pending alarms start again, because nothing saw whether they lasted. */
  private watched(now: Date): { memories: AlarmMemories; watchedSince: string } {
    const { at, watchedSince, memories } = this.memory;
    const gap = Math.abs(now.getTime() - Date.parse(at ?? ''));
    if (gap <= longestBreakMs && watchedSince !== undefined) return { memories, watchedSince };
    const fired = Object.entries(memories).filter(([, { firedAt }]) => firedAt !== undefined);
    return { memories: Object.fromEntries(fired), watchedSince: now.toISOString() };
  }

  /** Notifies channels that do not know of a firing alarm yet, such as one that was just configured. */
  private announce(now: Date): void {
    for (const alarm of this.options.alarms) {
      const memory = this.memory.memories[alarm.id];
      if (memory?.firedAt === undefined) continue;
      const told = this.memory.told[alarm.id] ?? [];
      const untold = this.channels.filter(({ id }) => !told.includes(id));
      if (untold.length === 0) continue;
      this.queue(alarm, { alarm: alarm.id, to: 'firing', memory }, untold, now);
      this.memory.told[alarm.id] = [...told, ...untold.map(({ id }) => id)];
    }
  }

  private resolve(transition: Transition, now: Date): void {
    const alarm = this.options.alarms.find(({ id }) => id === transition.alarm);
    const told = this.memory.told[transition.alarm] ?? [];
    this.memory.told = { ...this.memory.told, [transition.alarm]: [] };
    if (alarm === undefined) return;
    this.queue(
      alarm,
      transition,
      this.channels.filter(({ id }) => told.includes(id)),
      now,
    );
  }

  private queue(alarm: Alarm, transition: Transition, channels: Channel[], now: Date): void {
    const notification = renderNotification(alarm, transition, this.options.data, now);
    for (const { id: channel } of channels) this.outbox.add({ channel, queuedAt: now.toISOString(), notification });
  }

  private save(): void {
    try {
      const { deliveries: outbox, errors } = this.outbox;
      this.memory = { ...this.memory, outbox, errors: Object.fromEntries(errors) };
      writeAlertMemory(this.options.file, this.memory);
      this.unsaved = false;
    } catch (error) {
      // The disk may be full, which is an alarm itself: it is notified from memory, and written as soon as there is room.
      if (!this.unsaved) this.options.log(`can't write ${this.options.file}: ${(error as Error).message}`);
      this.unsaved = true;
    }
  }
}

function describe({ memory }: Transition): string {
  return memory.problems.map(({ what }) => what).join('; ');
}
