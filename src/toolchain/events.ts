/** What set-up is busy with. */
export type SetupPart = 'servers' | 'jars' | 'extensions' | 'archives' | 'ansible';

/** What the set-up functions tell while they work; nothing is told for what is already there. */
export type SetupEvent =
  | { kind: 'started'; what: SetupPart; detail: string }
  /** `bytes` have arrived so far; `totalBytes` is what to expect at most: some of it may be there already */
  | { kind: 'progress'; what: SetupPart; detail: string; bytes?: number; totalBytes?: number }
  | { kind: 'done'; what: SetupPart; detail: string; seconds: number; bytes?: number };

export type OnSetupEvent = (event: SetupEvent) => void;
