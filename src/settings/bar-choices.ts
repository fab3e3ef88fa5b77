import * as z from 'zod';
import { exchangesOf, isExchange, type Exchange } from '../lake/exchanges.ts';
import { pairPattern } from '../lake/pair.ts';

/** Which exchange makes the bars of a coin: entries such as `ETH/USD=kraken`, as a list or as one text with commas. */
export const barChoices = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((entry) => entry.trim()))
  .transform((entries, context) => {
    const given = entries.filter((entry) => entry !== '');
    const choices = given.map(readChoice);
    const pairs = choices.flatMap((choice) => (choice === undefined ? [] : [choice.pair]));
    const twice = pairs.find((pair, at) => pairs.indexOf(pair) !== at);
    if (choices.includes(undefined)) {
      context.addIssue({ code: 'custom', message: 'must be choices PAIR=EXCHANGE, such as ETH/USD=kraken' });
    } else if (twice !== undefined) context.addIssue({ code: 'custom', message: `${twice} occurs twice` });
    return choices.flatMap((choice) => (choice === undefined ? [] : [`${choice.pair}=${choice.exchange}`]));
  });

/** The choices by pair. */
export function barsByPair(choices: readonly string[]): Record<string, Exchange> {
  const read = choices.map(readChoice).filter((choice) => choice !== undefined);
  return Object.fromEntries(read.map(({ pair, exchange }) => [pair, exchange]));
}

/** What is wrong with the choices under a source, if anything: an exchange that is not followed makes no bars. */
export function wrongBarChoice(source: string, choices: readonly string[]): string | undefined {
  const followed = exchangesOf(source) ?? [];
  const wrong = Object.entries(barsByPair(choices)).find(([, exchange]) => !followed.includes(exchange));
  return wrong === undefined ? undefined : `${wrong[1]} makes no bars of ${wrong[0]}: source is ${source}`;
}

function readChoice(entry: string): { pair: string; exchange: Exchange } | undefined {
  const [pair = '', exchange = '', ...more] = entry.split('=').map((part) => part.trim());
  const upper = pair.toUpperCase();
  return pairPattern.test(upper) && isExchange(exchange) && more.length === 0 ? { pair: upper, exchange } : undefined;
}
