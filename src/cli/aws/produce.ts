import { Fault } from '../../errors.ts';
import type { Flags } from '../command.ts';
import type { Context } from '../context.ts';
import { upAws } from './up.ts';

const settingFlags = ['source', 'coins', 'rate', 'speed', 'seed', 'count', 'duration', 'alpacaUrl'];

/** Starts or stops the producers of a lake in an account: `up` with or without them, which changes nothing else that stands. */
export async function produceAws(context: Context, flags: Flags, args: string[]): Promise<number> {
  const given = settingFlags.filter((name) => flags[name] !== undefined);
  if (given.length > 0) {
    const list = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(', ');
    throw new Fault('usage', `${list}: producers in an account run on their host, by the settings`, {
      where: 'target',
      next: 'Set "source", "quotes" and "trades" in cryptodm.yaml, then run "cryptodm up".',
    });
  }
  if (args[0] !== undefined) {
    throw new Fault(
      'usage',
      `in an account both producers are started and stopped together, not ${args[0]} by itself`,
      {
        where: 'target',
        next: 'Run "cryptodm produce" or "cryptodm produce --stop".',
      },
    );
  }
  return upAws(context, flags['stop'] === true ? { produce: false } : {});
}
