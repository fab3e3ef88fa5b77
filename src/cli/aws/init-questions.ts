import { Fault } from '../../errors.ts';
import type { ChosenSettings } from '../../settings/template.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';

type Key = 'prefix' | 'region' | 'email' | 'elasticUrl' | 'timeToLive';

interface Question {
  key: Key;
  flag: string;
  asks: string;
  /** taken for an empty answer; absent: the setting stays out */
  otherwise?: string;
}

const questions: Question[] = [
  { key: 'prefix', flag: 'prefix', asks: 'Prefix of every name in the account, such as acme-lake' },
  { key: 'region', flag: 'region', asks: 'Region [us-east-1]', otherwise: 'us-east-1' },
  { key: 'email', flag: 'email', asks: 'E-mail for alarms [none]' },
  {
    key: 'elasticUrl',
    flag: 'elasticUrl',
    asks: 'Address of an Elasticsearch that stands [none: a small one in Elastic Cloud]',
  },
  { key: 'timeToLive', flag: 'ttl', asks: 'Time to live, such as 8h or 3d; 0 for no end [8h]', otherwise: '8h' },
];

/** What a lake in an account must be told: from flags, and what they leave open from a person, where there is one. */
export async function chooseAws(context: Context, flags: Flags): Promise<Pick<ChosenSettings, Key>> {
  const chosen: Partial<Record<Key, string>> = {};
  for (const { key, flag, asks, otherwise } of questions) {
    const given = flags[flag];
    if (typeof given === 'string') chosen[key] = given;
    else if (context.canAsk && !context.global.yes) {
      const answer = await context.askFor(asks, { next: `Give it as a flag.` });
      if (answer !== '') chosen[key] = answer;
      else if (otherwise !== undefined) chosen[key] = otherwise;
    }
  }
  if (chosen.prefix === undefined) {
    throw new Fault('usage', 'a lake in an account needs a prefix: it stands in front of every name there', {
      where: '--prefix',
      next: 'Say for example: cryptodm init --target aws --prefix acme-lake',
    });
  }
  return chosen;
}
