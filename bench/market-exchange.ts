import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitAnswer } from '../src/tools/waiting.ts';
import { Exchange } from '../test/support/exchange/exchange.ts';
import { describeBar, type Bar } from '../test/support/exchange/ledger.ts';
import { sumMinutes } from '../test/support/exchange/minute-sum.ts';
import type { Venue } from '../test/support/exchange/product.ts';
import { startEngine, type Engine } from './engine.ts';
import { interrupted } from './interruption.ts';

const seed = 1;

export interface MarketOptions {
  pairs: readonly string[];
  /** trades in a second of the exchange's time, over all pairs and venues */
  rate: number;
  /** Coinbase by default */
  venues?: readonly Venue[];
  /** it begins in the past, and its time runs faster until it has arrived at now; meanwhile it does so much wrong */
  past?: Record<'ms' | 'speed' | 'disconnects' | 'mutes' | 'untidy', number>;
}

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
    readonly venue: Venue,
    /** what leads a lake to it */
    readonly environment: Record<string, string>,
    private readonly log: string,
    private readonly twin: Exchange,
  ) {}

  static async start({ pairs, rate, venues = ['coinbase'], past }: MarketOptions): Promise<MarketExchange> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-exchange-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const log = join(folder, 'exchange.log');
    const originMs = Date.now() - (past?.ms ?? 0);
    const { ms = 0, ...faults } = past ?? {};
    const options = Object.entries({
      ...{ seed, venues: venues.join(','), pairs: pairs.join(','), rate, from: `${String(ms / 1000)}s`, ...faults },
      origin: new Date(originMs).toISOString(),
    });
    const engine = startEngine({
      ...{ id: 'exchange', title: 'the fake exchange', command: process.execPath, cwd: process.cwd(), log },
      args: [
        ...['--import', 'tsx', 'test/support/exchange/main.ts'],
        ...options.flatMap(([name, value]) => [`--${name}`, String(value)]),
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
    const twin = new Exchange({ seed, venues, pairs, rate, originMs });
    return new MarketExchange(engine, pairs, venues[0] ?? 'coinbase', environment, log, twin);
  }

  /** What has happened until now, in this process. */
  here(): Exchange {
    this.twin.tick();
    return this.twin;
  }

  /** How often it has done wrong so far, by kind. It says so every 5 s. */
  misdeeds(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [, kind = ''] of readFileSync(this.log, 'utf8').matchAll(/^ {2}did wrong: ([^,\n]+)/gm))
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  }

  /** How many trades have happened by now since its beginning, by pair. */
  counts(): Map<string, number> {
    const { ledger } = this.here();
    return new Map(this.pairs.map((pair) => [pair, ledger.count(this.venue, pair)]));
  }

  /** The trades of a pair by their times, from the first to before the last, oldest first. */
  trades(pair: string, fromMs: number, toMs: number): LedgerTrade[] {
    const tape = this.here().ledger.tape(this.venue, pair);
    const rows = tape.between(fromMs * 1000, toMs * 1000);
    return rows.map(({ index, micros }) => ({ id: Number(tape.idOf(index)), at: micros / 1000 }));
  }

  /** The place of an id in the count of its pair. */
  indexOf(pair: string, id: number): number {
    return this.twin.ledger.tape(this.venue, pair).indexOf(id);
  }

  /** What the trades of a pair come to in a time within one minute; undefined without any. */
  sum(pair: string, fromMs: number, toMs: number): Bar | undefined {
    const tape = this.here().ledger.tape(this.venue, pair);
    const [sum] = sumMinutes(tape.between(fromMs * 1000, toMs * 1000)).values();
    return sum && describeBar(tape, sum);
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}
