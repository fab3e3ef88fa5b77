/** What the set-up prepares. */
export type SetupPart = 'servers' | 'jars' | 'extensions' | 'archives' | 'ansible';

/** Events of the set-up; none for what is already there. */
export type SetupEvent =
  | { kind: 'started'; what: SetupPart; detail: string }
  /** `bytes` were downloaded so far; `totalBytes` is the most to expect: some of it may be there already */
  | { kind: 'progress'; what: SetupPart; detail: string; bytes?: number; totalBytes?: number }
  | { kind: 'done'; what: SetupPart; detail: string; seconds: number; bytes?: number };

export type OnSetupEvent = (event: SetupEvent) => void;
