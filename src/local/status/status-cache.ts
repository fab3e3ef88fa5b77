import type { LakeStatus } from './model.ts';

/** A status and when its collection began. */
export interface TimedStatus {
  /** ISO-8601 */
  at: string;
  status: LakeStatus;
}

/** Keeps the last status in the supervisor, for callers that take one of some age. */
export class StatusCache {
  private latest: TimedStatus | undefined;
  private collecting: Promise<TimedStatus> | undefined;

  constructor(private readonly collect: () => Promise<LakeStatus>) {}

  /** @param ageMs how old the answer may be; with 0 its collection starts after the call */
  ask(ageMs: number): Promise<TimedStatus> {
    if (ageMs > 0) {
      const age = this.latest === undefined ? Infinity : Date.now() - Date.parse(this.latest.at);
      if (this.latest !== undefined && age >= 0 && age <= ageMs) return Promise.resolve(this.latest);
      if (this.collecting !== undefined) return this.collecting;
    }
    const begun: Promise<TimedStatus> = this.take().finally(() => {
      if (this.collecting === begun) this.collecting = undefined;
    });
    this.collecting = begun;
    return begun;
  }

  private async take(): Promise<TimedStatus> {
    const at = new Date().toISOString();
    const found = { at, status: await this.collect() };
    if (this.latest === undefined || this.latest.at <= at) this.latest = found;
    return found;
  }
}
