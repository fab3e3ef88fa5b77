import { statSync } from 'node:fs';

/** Notices that a job has ended a trigger, by the progress file that it replaces then. */
export class TriggerWatch {
  private readonly seen = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  /**
   * @param files progress files, each with what is to be done when it has changed
   * @param isHeard whether anybody would hear of it
   */
  constructor(files: Record<string, () => void>, isHeard: () => boolean, everyMs = 250) {
    this.timer = setInterval(() => {
      if (!isHeard()) return;
      for (const [file, act] of Object.entries(files)) {
        const changed = changedAt(file);
        if (changed === undefined || changed === this.seen.get(file)) continue;
        this.seen.set(file, changed);
        act();
      }
    }, everyMs);
  }

  close(): void {
    clearInterval(this.timer);
  }
}

function changedAt(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}
