import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { layOut } from '../../../src/local/layout.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import type { TestLake } from '../../support/lake.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { recreateTopic, sendRaw } from '../../support/topic.ts';

const second = 1000;
const topic = 'coinbase-trades';

/** The long tests cut logs and take the broker's folder away: test/long/faults/lost-logs.test.ts. */
describe('a topic that somebody else has created again', function () {
  this.timeout(120 * second);
  let lake: TestLake;

  before(async () => {
    lake = await sharedLake();
  });

  /** Sends trades of a user that other suites do not use. @returns their ids */
  async function send(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    const at = new Date().toISOString();
    const records = ids.map((id) => ({
      key: 'recreated',
      value: JSON.stringify({
        ...{
          transaction_id: id,
          document_id: 'recreated',
          asset_id: 'SOL',
          asset_type: 'USD',
          transaction_timestamp: at,
        },
        ...{ trade_type: 'BUY', quantity: 1, ref_date: at.slice(0, 10) },
      }),
      headers: { source: 'user' },
    }));
    await sendRaw(lake.broker, topic, records);
    return ids;
  }

  async function proveRows(ids: string[]): Promise<void> {
    const rows = async () =>
      (
        await lake.query<{ id: string }>(
          `select transaction_id as id from crypto_db.crypto_trader where document_id = 'recreated' order by all`,
        )
      ).map(({ id }) => id);
    await awaitAnswer(async () => ((await rows()).length >= ids.length ? true : undefined), {
      withinMs: 60 * second,
      everyMs: 250,
    });
    assert.deepEqual(await rows(), ids.toSorted());
  }

  it('gets a new generation without a person: rows stay, and all that is acknowledged arrives', async () => {
    const before = await send(50);
    await proveRows(before);
    const [known] = (await lake.status()).topics.filter(({ name }) => name === topic);
    await recreateTopic(lake.broker, topic, 2);
    // More than the old one held for this key, so that no end tells.
    const after = await send(500);
    await proveRows([...before, ...after]);
    const told = await lake.named('topic-renewed', new RegExp(`${topic} was deleted and created again`));
    assert.match(told.what, new RegExp(`generation ${String((known?.generation ?? 0) + 1)} of ${topic} began`));
  });
});

describe('another number of partitions of a lake that is up', function () {
  this.timeout(60 * second);

  it('is refused with the way out, and changes nothing', async () => {
    const lake = await sharedLake();
    const before = readFileSync(layOut(lake.data).spec, 'utf8');
    const { code, stderr } = await lake.try(['up', '--no-produce'], { env: { CRYPTODM_TOPICS_PARTITIONS: '4' } });
    assert.equal(code, 3);
    assert.match(stderr, /topics\.partitions is 4, and the topics of this lake have 2/);
    assert.match(stderr, /cryptodm down --keep-data"/);
    assert.equal(readFileSync(layOut(lake.data).spec, 'utf8'), before);
    // The next one is an "up" like any other, and has nothing to change.
    const lines = (await lake.run('up', '--no-produce', '--json')).trim().split('\n');
    assert.deepEqual((JSON.parse(lines.at(-1) ?? '') as { changed: string[] }).changed, []);
    await lake.sound('topic-renewed', 'part-restarted');
  });
});
