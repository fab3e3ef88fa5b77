import { Fault } from '../errors.ts';
import type { Question } from '../lake-target.ts';
import type { ChosenSettings } from '../settings/template.ts';
import type { Flags } from './flags.ts';
import { type Context } from './context.ts';
import { textOf } from './flags.ts';

/**
 * Answers to the questions of a target: from flags, and the others from the user, where there is one.
 * @throws Fault of kind `usage` when a required answer is missing
 */
export async function askQuestions(
  context: Context,
  flags: Flags,
  questions: readonly Question[],
): Promise<ChosenSettings> {
  const chosen: Record<string, string> = {};
  for (const { key, flag, asks, otherwise, required } of questions) {
    const answer = textOf(flags, flag) ?? (await ask(context, asks)) ?? otherwiseOf(context, otherwise);
    if (answer !== undefined) chosen[key] = answer;
    else if (required !== undefined) {
      throw new Fault('usage', required.message, { where: `--${flag}`, next: required.next });
    }
  }
  return chosen;
}

async function ask(context: Context, question: string): Promise<string | undefined> {
  if (!context.canAsk || context.global.yes) return undefined;
  const answer = await context.askFor(question, { next: 'Give it as a flag.' });
  return answer === '' ? undefined : answer;
}

/** The meaning of an empty answer; without a question the setting keeps its default. */
function otherwiseOf(context: Context, otherwise: string | undefined): string | undefined {
  return context.canAsk && !context.global.yes ? otherwise : undefined;
}
