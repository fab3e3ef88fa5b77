import { Fault } from '../../errors.ts';

/** One question to the account, asked before anything is made there. */
export interface Check {
  /** what it is about, such as `quota of vCPUs` */
  what: string;
  /** @returns what the account lacks: each is a fault with the request that repairs it */
  ask: () => Promise<readonly Fault[]>;
}

/** A question that this user may not ask, or that had no answer. */
export interface NotKnown {
  what: string;
  /** the right that is missing, or what the service answered */
  why: string;
}

export interface Answers {
  lacks: Fault[];
  notKnown: NotKnown[];
}

/** Asks all at once. An account that can't be reached ends it; any other question without an answer is not known. */
export async function ask(checks: readonly Check[]): Promise<Answers> {
  const answers: Answers = { lacks: [], notKnown: [] };
  const asked = await Promise.allSettled(checks.map((check) => check.ask()));
  asked.forEach((answer, at) => {
    const what = checks[at]?.what ?? '';
    if (answer.status === 'fulfilled') answers.lacks.push(...answer.value);
    else if (answer.reason instanceof Fault && answer.reason.kind === 'settings') answers.lacks.push(answer.reason);
    else answers.notKnown.push({ what, why: explain(answer.reason) });
  });
  return answers;
}

function explain(error: unknown): string {
  if (!(error instanceof Fault)) return `${(error as Error).name}: ${(error as Error).message}`;
  const { denied } = error.facts;
  if (typeof denied === 'string') return `this user has no right to ${denied}`;
  if (error.kind === 'outside' && error.facts['reason'] === undefined) throw error;
  return error.message;
}

/** A question whose answer is not known for a reason that is no missing right. */
export function notKnown(reason: string): Fault {
  return new Fault('outside', reason, { facts: { reason } });
}

/** One fault for all lacks; undefined when there are none. */
export function joinLacks(lacks: readonly Fault[]): Fault | undefined {
  const [first, ...others] = lacks;
  if (first === undefined || others.length === 0) return first;
  const kind = lacks.every((lack) => lack.kind === first.kind) ? first.kind : 'outside';
  const lines = lacks.flatMap(({ message, where, next }) => [
    `- ${message}${where === undefined ? '' : ` (${where})`}`,
    ...(next === undefined ? [] : [`  ${next}`]),
  ]);
  return new Fault(kind, `${String(lacks.length)} things are missing; nothing was made\n${lines.join('\n')}`, {
    next: 'Do what is said under each line, then run the same command.',
    facts: { lacks: lacks.map(({ message, where, next, facts }) => ({ message, where, next, ...facts })) },
  });
}
