import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitAnswer } from '../src/tools/waiting.ts';
import { Exchange } from '../test/support/exchange/exchange.ts';
import { describeBar, type Bar } from '../test/support/exchange/ledger.ts';
import { sumMinutes } from '../test/support/exchange/minute-sum.ts';
import { startEngine, type Engine } from './engine.ts';
import { interrupted } from './interruption.ts';

export const venue = 'coinbase';
const seed = 1;

/** A trade by the ledger. */
export interface LedgerTrade {
  id: number;
  /** when it happened, in milliseconds since 1970; it is sent at most 10 ms later */
  at: number;
}

/**
 * The fake exchange as a process of its own. What it trades follows from its seed and its beginning, so this process knows the same ledger
 * without asking.
 */
export class MarketExchange {
  private constructor(
    readonly engine: Engine,
    readonly pairs: readonly string[],
    /** what leads a lake to it */
    readonly environment: Record<string, string>,
    private readonly twin: Exchange,
  ) {}

  /** @param rate trades a second over all pairs */
  static async start(pairs: readonly string[], rate: number): Promise<MarketExchange> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-exchange-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const log = join(folder, 'exchange.log');
    const originMs = Date.now();
    const own = { seed: String(seed), venues: venue, pairs: pairs.join(','), rate: String(rate) };
    const options = Object.entries({ ...own, origin: new Date(originMs).toISOString() });
    const engine = startEngine({
      ...{ id: 'exchange', title: 'the fake exchange', command: process.execPath, cwd: process.cwd(), log },
      args: [
        ...['--import', 'tsx', 'test/support/exchange/main.ts'],
        ...options.flatMap(([name, value]) => [`--${name}`, value]),
      ],
      ...{ env: {}, graceMs: 2000, ports: [] },
    });
    const printed = await awaitAnswer(
      () => {
        engine.check();
        const text = readFileSync(log, 'utf8');
        return text.includes('cryptodm up') ? text : undefined;
      },
      { withinMs: 30_000, signal: interrupted },
    );
    if (printed === undefined) throw new Error('the fake exchange did not start');
    const environment = Object.fromEntries(
      [...printed.matchAll(/^([A-Z_]+)=(\S+)/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    return new MarketExchange(
      engine,
      pairs,
      environment,
      new Exchange({ seed, venues: [venue], pairs, rate, originMs }),
    );
  }

  /** How many trades have happened by now since its beginning, by pair. */
  counts(): Map<string, number> {
    this.twin.tick();
    return new Map(this.pairs.map((pair) => [pair, this.twin.ledger.count(venue, pair)]));
  }

  /** The trades of a pair by their times, from the first to before the last, oldest first. */
  trades(pair: string, fromMs: number, toMs: number): LedgerTrade[] {
    this.twin.tick();
    const tape = this.twin.ledger.tape(venue, pair);
    const rows = tape.between(fromMs * 1000, toMs * 1000);
    return rows.map(({ index, micros }) => ({ id: Number(tape.idOf(index)), at: micros / 1000 }));
  }

  /** The place of an id in the count of its pair. */
  indexOf(pair: string, id: number): number {
    return this.twin.ledger.tape(venue, pair).indexOf(id);
  }

  /** What the trades of a pair come to in a time within one minute; undefined without any. */
  sum(pair: string, fromMs: number, toMs: number): Bar | undefined {
    this.twin.tick();
    const tape = this.twin.ledger.tape(venue, pair);
    const [sum] = sumMinutes(tape.between(fromMs * 1000, toMs * 1000)).values();
    return sum && describeBar(tape, sum);
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}
