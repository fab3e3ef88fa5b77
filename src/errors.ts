/** Kinds of faults, by who can repair them, and the exit code of each. */
export const exitCodes = {
  internal: 1,
  usage: 2,
  settings: 3,
  environment: 4,
  part: 5,
  outside: 6,
  query: 7,
  locked: 8,
  declined: 9,
  interrupted: 130,
} as const;

export type FaultKind = keyof typeof exitCodes;

/** What each kind means: docs/exit-codes.md shows it. */
export const faultTexts: Readonly<Record<FaultKind, string>> = {
  internal: 'a fault of cryptodm itself',
  usage: 'a wrong flag, argument or command',
  settings: 'a wrong value in the settings file, the environment or the declaration of the lake',
  environment: 'something this machine lacks: a JDK, a port, memory, disk, a permission',
  part: 'a part of the lake failed or is not up: broker, search, job, producer',
  outside: 'something outside failed: the network, a market data source, a package registry',
  query: 'SQL that is wrong or ran into a limit',
  locked: 'another run works on this lake',
  declined: 'the answer to a question was no, or there was nobody to ask',
  interrupted: 'interrupted by Ctrl-C',
};

export interface FaultDetails {
  /** where it was seen: a file and line, a flag, a part, a port */
  where?: string;
  /** what to do about it: a command or a sentence */
  next?: string;
  cause?: unknown;
  /** machine-readable facts for --json */
  facts?: Record<string, unknown>;
}

/** The one error that the command line shows to a person: what was wrong, where, and what to do. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly facts: Record<string, unknown>;

  constructor(
    readonly kind: FaultKind,
    message: string,
    details: FaultDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.where = details.where;
    this.next = details.next;
    this.facts = details.facts ?? {};
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** A folder of ours that can't be written. */
export function unwritable(folder: string, cause: unknown): Fault {
  if (isDiskFull(cause)) return diskFull(cause);
  return new Fault('environment', `can't write to ${folder}: ${(cause as NodeJS.ErrnoException).code ?? ''}`, {
    where: folder,
    next: 'Make the folder writable, or choose another with --data DIR or "paths.data" in cryptodm.yaml.',
    cause,
  });
}

/** True for a write that found no room. */
export function isDiskFull(thrown: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((thrown as NodeJS.ErrnoException | undefined)?.code ?? '');
}

function diskFull(cause: unknown): Fault {
  const { path, message } = cause as NodeJS.ErrnoException;
  return new Fault('environment', `the disk is full: ${message}`, {
    ...(path === undefined ? {} : { where: path }),
    next: 'Make room, then run the same command again: it goes on where it stopped.',
    cause,
  });
}

/** A file that the user named, for which the disk has no room. */
export function noRoomFor(file: string, cause: unknown): Fault {
  return new Fault('environment', 'the disk is full: nothing was written', {
    where: file,
    next: 'Make room, or choose a file on another disk.',
    cause,
  });
}

/** A fault for anything thrown: ours as it is, anything else as an internal one. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (isDiskFull(thrown)) return diskFull(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('internal', message, { cause: thrown });
}
