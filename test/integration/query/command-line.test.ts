import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { prepareExtensions } from './extensions.ts';
import { placeLake, type PlacedLake } from './place-lake.ts';
import { skipWithout } from '../../support/skipping.ts';

await prepareExtensions();

const prices = 'select asset_id, price_crypto from crypto_quote where price_crypto < 100 order by 1';

describe('query as a command', () => {
  let lake: PlacedLake;
  before(() => (lake = placeLake()));
  after(() => lake.remove());

  const rows =
    '{"asset_id":"LTC","price_crypto":"86.123456789012"}\n{"asset_id":"MIN","price_crypto":"0.000000000001"}\n';

  it('writes one object a line with --json, and numbers on request', async () => {
    assert.deepEqual(await lake.run(['query', prices, '--json']), { code: 0, stdout: rows, stderr: '' });
    const { stdout } = await lake.run(['query', prices, '--json', '--numbers', '--limit', '1']);
    assert.equal(stdout, '{"asset_id":"LTC","price_crypto":86.123456789012}\n');
  });

  it('reads from a pipe, and a script of several statements', async () => {
    for (const args of [['query'], ['query', '-'], ['query', '--file', '-'], ['shell']]) {
      const ran = await lake.run([...args, '--json'], { stdin: `select 1 as a; -- then\n${prices};` });
      assert.deepEqual(ran, { code: 0, stdout: `{"a":1}\n${rows}`, stderr: '' }, args.join(' '));
    }
  });

  it('takes SQL that begins with a comment', async () => {
    assert.equal((await lake.run(['query', '-- why\nselect 1 as a', '--json'])).stdout, '{"a":1}\n');
    assert.equal((await lake.run(['query', '--why\nselect 1 as a', '--json'])).stdout, '{"a":1}\n');
  });

  it('shows what came before a statement that is wrong, and says where in the script that is', async () => {
    const ran = await lake.run(['query', 'select 1 as a;\n  selct 2;\nselect 3', '--format', 'csv']);
    assert.equal(ran.code, 7);
    assert.equal(ran.stdout, 'a\r\n1\r\n\n');
    assert.match(ran.stderr, /at line 2, column 3/);
  });

  it('ends in one sentence on a full disk, and without one when its reader has seen enough', async function () {
    const start = (stdout: 'pipe' | number) =>
      spawn('./cryptodm', ['query', 'select * from range(1000000)', '--format', 'csv', '--quiet'], {
        env: lake.env,
        stdio: ['ignore', stdout, 'pipe'],
      });
    const end = async (child: ChildProcess): Promise<[unknown, string]> => {
      const [said, [code]] = await Promise.all([text(child.stderr ?? Readable.from('')), once(child, 'exit')]);
      return [code, said];
    };
    const reading = start('pipe');
    reading.stdout?.once('data', () => reading.stdout?.destroy());
    assert.deepEqual(await end(reading), [0, '']);
    if (!existsSync('/dev/full')) return skipWithout(this, 'no /dev/full');
    const full = openSync('/dev/full', 'w');
    const [code, said] = await end(start(full));
    closeSync(full);
    assert.equal(code, 4);
    assert.match(said, /^error: the output can’t be written: the disk is full\n.*\n.*\n$/);
  });

  it('refuses what makes no sense, in one sentence', async () => {
    const refused: [string[], RegExp][] = [
      [['query'], /there is no SQL to run/],
      [['query', '-- nothing'], /there is no SQL to run/],
      [['query', 'select 1', '--file', 'a.sql'], /given twice/],
      [['query', 'select 1', '--limit', '0'], /--limit 0 is not a number of rows/],
      [['query', 'select 1', '--json', '--format', 'csv'], /cannot be used with option '--json'/],
    ];
    for (const [args, reason] of refused) {
      const { code, stdout, stderr } = await lake.run(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stdout + stderr, reason);
    }
  });
});
