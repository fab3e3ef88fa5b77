import assert from 'node:assert/strict';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { examineIndex, proveIndexEqual } from '../../support/index-comparison.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { readTopic, sendRaw } from '../../support/topic.ts';

const second = 1000;

/** Not a coin of the other suites on this lake. */
const pair = 'DOT/USD';

describe('an index that takes no documents', function () {
  this.timeout(180 * second);
  let lake: TestLake;
  let sent = 0;

  before(async () => {
    lake = await sharedLake();
  });

  /** Sends bars of minutes of their own. @returns the ids of their documents */
  async function send(count: number): Promise<string[]> {
    const minutes = Array.from({ length: count }, () =>
      new Date(Date.UTC(2024, 4, 4) + (sent += 1) * 60 * second).toISOString().replace('.000Z', 'Z'),
    );
    const value = (t: string) =>
      JSON.stringify({ bars: { [pair]: { o: 7, h: 8, l: 6, c: 7.5, v: 1, n: 1, vw: 7, t } } });
    const records = minutes.map((t) => ({ key: pair, value: value(t), headers: { source: 'replay' } }));
    await sendRaw(lake.broker, 'coinbase-currencies', records);
    return minutes.map((t) => `DOT-USD-${t}`);
  }

  const ofPair = () => lake.documents({ term: { asset_id: 'DOT' } });
  const search = async (method: string, path: string) => {
    const response = await lake.askSearch(path, { method });
    assert.equal(response.status, 200, await response.text());
  };

  async function awaitDocuments(ids: string[]): Promise<void> {
    const arrived = async () => {
      const found = await ofPair();
      return ids.every((id) => found.has(id)) ? true : undefined;
    };
    assert.ok(
      await awaitAnswer(arrived, { withinMs: 60 * second, everyMs: 100 }),
      `${ids.join()} are not in the index`,
    );
  }

  it('because it is closed, gets them all once it is open, and none is called malformed', async () => {
    const bad = (await readTopic(lake.broker, 'coinbase-bad-records')).length;
    const before = await send(3);
    await awaitDocuments(before);
    await search('POST', '/crypto_quote/_close');
    const during = await send(20);
    const named = await lake.named('index-closed');
    assert.match(named.next, /"cryptodm up": it opens the index/);
    const retrying = await lake.named('job-retrying', /the index crypto_quote is closed/);
    assert.equal(retrying.part, 'quotes-elasticsearch');
    await search('POST', '/crypto_quote/_open');
    const after = await send(1);
    await awaitDocuments([...before, ...during, ...after]);
    assert.equal((await readTopic(lake.broker, 'coinbase-bad-records')).length, bad);
  });

  it('because somebody has deleted it, comes back full by "up" alone', async () => {
    await lake.settle();
    const bad = (await readTopic(lake.broker, 'coinbase-bad-records')).length;
    await search('DELETE', '/crypto_quote');
    assert.match((await lake.named('index-missing')).next, /the supervisor fills it from the tables/);
    await send(5);
    await lake.run('up', '--no-produce');
    const full = async () => {
      const { problems, documents } = await lake.status();
      const open = problems.some(({ id }) => id.startsWith('index-'));
      return !open && documents !== undefined && documents > 0 ? true : undefined;
    };
    assert.ok(await awaitAnswer(full, { withinMs: 90 * second, everyMs: 250 }), JSON.stringify(await lake.status()));
    await lake.settle();
    assert.ok((await proveIndexEqual(lake)) > 24);
    assert.equal((await readTopic(lake.broker, 'coinbase-bad-records')).length, bad);
    const found = await examineIndex(lake);
    assert.deepEqual([found.state, /^\d+ documents, as the table$/.test(found.found)], ['ok', true], found.found);
  });
});
