import assert from 'node:assert/strict';
import { signIn } from '../../../src/tools/credential.ts';
import { layOut } from '../../../src/local/layout.ts';
import type { TapeAnswer } from '../../../src/local/dashboard/api.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { sendRaw } from '../../support/topic.ts';

const pair = 'TAPE/USD';
const begin = Date.UTC(2026, 10, 20, 5);

/** A record of the topic, as the producer writes it. */
const trade = (id: number) => ({
  key: pair,
  value: `{"pair":"${pair}","id":${String(id)},"time":"${new Date(begin + id).toISOString()}","price":0.000000042535,"quantity":${String(id)},"side":"sell"}`,
  headers: { source: 'coinbase' },
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('the tape of the dashboard', function () {
  this.timeout(120_000);
  let lake: TestLake;
  let page: AbortController;
  /** when each event of the page's stream came that names the coin */
  const heard: number[] = [];

  const read = async (after?: string) => {
    const query = new URLSearchParams({ coin: pair, ...(after === undefined ? {} : { after }) });
    return (await (await lake.askDashboard(`/api/tape?${query.toString()}`)).json()) as TapeAnswer;
  };
  const send = (...ids: number[]) => sendRaw(lake.broker, 'market-trades', ids.map(trade));
  /** Waits until the newest trade is this one. */
  const awaitNewest = async (id: number): Promise<TapeAnswer> => {
    let last: TapeAnswer | undefined;
    const found = await awaitAnswer(
      async () => {
        last = await read();
        return last.trades[0]?.id === String(id) ? last : undefined;
      },
      { withinMs: 30_000 },
    );
    assert.ok(found, JSON.stringify(last?.trades[0]));
    return found;
  };

  before(async () => {
    lake = await sharedLake();
    page = new AbortController();
    const response = await fetch(`${lake.dashboard}/api/live`, {
      headers: signIn(layOut(lake.data).credential),
      signal: page.signal,
    });
    void listen(response).catch(() => undefined);
  });

  after(() => page.abort());

  /** What an open page hears. */
  async function listen(response: Response): Promise<void> {
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      if (events.some((event) => event.startsWith('event: tape\n') && event.includes(`"${pair}"`)))
        heard.push(performance.now());
    }
  }

  it('has no trade of a coin that no exchange trades here', async () => {
    const { trades, skipped } = await read();
    assert.deepEqual([trades, skipped], [[], 0]);
    assert.equal((await lake.askDashboard('/api/tape?coin=TAPE')).status, 400);
  });

  it('shows trades within half a second, with every digit, the newest first', async () => {
    // The first ones make the server follow the topic.
    await send(1, 2);
    assert.deepEqual(
      (await awaitNewest(2)).trades.map(({ id }) => id),
      ['2', '1'],
    );
    const waited: number[] = [];
    for (const id of range(3, 8)) {
      heard.length = 0;
      await send(id);
      const sentAt = performance.now();
      await awaitAnswer(() => heard[0], { withinMs: 10_000, everyMs: 5 });
      assert.equal((await awaitNewest(id)).trades.length, id);
      waited.push(performance.now() - sentAt);
    }
    // Other work of the machine may delay some of them.
    assert.ok(Math.min(...waited) < 500, waited.map(Math.round).join());
    const { trades } = await read();
    const { source, price, quantity, side, time } = trades[0] ?? {};
    assert.deepEqual(
      [source, price, quantity, side, time],
      ['coinbase', '0.000000042535', '7', 'sell', '2026-11-20T05:00:00.007000Z'],
    );
  });

  it('counts what is too much to be shown', async () => {
    const { next } = await awaitNewest(7);
    heard.length = 0;
    await send(...range(8, 1008));
    await awaitNewest(1007);
    const { trades, skipped } = await read(next);
    assert.deepEqual([trades.length, trades.at(-1)?.id, skipped], [30, '978', 970]);
    assert.ok(heard.length <= 5, `${String(heard.length)} events`);
  });
});
