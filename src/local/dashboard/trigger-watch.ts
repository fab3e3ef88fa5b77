import { statSync } from 'node:fs';

/** Notices the end of a job's trigger by its progress file, which the job replaces then. */
export class TriggerWatch {
  private readonly seen = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  /**
   * @param files progress files, each with what to do when it has changed
   * @param hasListeners whether a page is open
   */
  constructor(files: Record<string, () => void>, hasListeners: () => boolean, everyMs = 50) {
    this.timer = setInterval(() => {
      if (!hasListeners()) return;
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
