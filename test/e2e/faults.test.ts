import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TestLake } from '../support/lake.ts';

describe('problems at the start of a lake', function () {
  this.timeout(120_000);
  let lake: TestLake;

  beforeEach(async () => {
    lake = await TestLake.prepare();
  });

  afterEach(async () => {
    await lake.remove();
  });

  it('a port that is taken: its holder is named, and nothing is left running', async () => {
    const port = Number(lake.env['CRYPTODM_PORTS_ELASTICSEARCH']);
    const holder = createServer().listen(port, '127.0.0.1');
    try {
      const ran = await lake.try(['up', '--no-produce']);
      assert.equal(ran.code, 4);
      assert.match(ran.stderr, new RegExp(`port ${String(port)} .* is taken by .*\\(pid ${String(process.pid)}\\)`));
      assert.match(ran.stderr, /--any-port/);
      await lake.run('down', '--yes');
    } finally {
      holder.close();
    }
    assert.equal(existsSync(lake.data), false);
  });

  it('a folder that holds other things is left alone', async () => {
    mkdirSync(lake.data);
    writeFileSync(join(lake.data, 'letter.txt'), 'dear');
    const ran = await lake.try(['up']);
    assert.equal(ran.code, 4);
    assert.match(ran.stderr, /is not empty and holds no lake \(there is letter\.txt\)/);
    await lake.try(['down', '--yes']);
    assert.ok(existsSync(join(lake.data, 'letter.txt')));
  });

  it('a path that can’t be written', async () => {
    const file = join(lake.folder, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    const ran = await lake.try(['up', '--data', join(file, 'lake')]);
    assert.equal(ran.code, 4);
    assert.match(ran.stderr, /can't write to .*file/);
    assert.match(ran.stderr, /--data DIR/);
  });

  it('a JDK that was named and is none', async () => {
    const ran = await lake.try(['up'], { env: { CRYPTODM_JAVA_HOME: join(lake.folder, 'nowhere') } });
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /nowhere is no JDK/);
    assert.match(ran.stderr, /JDK 17 or 21/);
    assert.equal(existsSync(join(lake.data, 'journal.json')), false);
  });

  it('a wrong settings file: every fault with its line', async () => {
    writeFileSync(join(lake.folder, 'cryptodm.yaml'), 'coins: [BTC]\nports: { kafka: 0 }\n');
    const ran = await lake.try(['up'], { env: { CRYPTODM_PORTS_KAFKA: undefined } });
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /cryptodm\.yaml:1: coins/);
    assert.match(ran.stderr, /cryptodm\.yaml:2: ports\.kafka/);
  });

  it('commands on a lake that is not up say so', async () => {
    for (const args of [
      ['query', 'select 1 from crypto_db.crypto_quote'],
      ['produce'],
      ['optimize-iceberg'],
      ['tables', 'create'],
      ['assets', 'refresh'],
    ]) {
      const ran = await lake.try(args);
      assert.equal(ran.code, 5, args.join(' '));
      assert.match(ran.stderr, /cryptodm up/, args.join(' '));
    }
    const status = await lake.status();
    assert.equal(status.state, 'down');
  });

  it('an unknown coin, command or flag', async () => {
    for (const [args, said] of [
      [['trade', 'buy', 'DOGE', '1'], /unknown coin DOGE/],
      [['uo'], /unknown command uo\n.*Did you mean "up"/],
      [['up', '--sauce', 'x'], /unknown option '--sauce'/],
      [['query'], /there is no SQL to run/],
    ] as [string[], RegExp][]) {
      const ran = await lake.try(args);
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(ran.stderr, said);
    }
  });

  it('help: the one that the build wrote down is the one that the program gives', async () => {
    const asked = await lake.try(['--help', '--no-input']);
    assert.equal(asked.code, 0);
    const written = await lake.try(['--help']);
    assert.equal(written.stdout, asked.stdout);
    assert.match(written.stdout, /optimize-iceberg/);
  });

  it('"down" without a yes and without a terminal changes nothing', async () => {
    mkdirSync(lake.data);
    const ran = await lake.try(['down']);
    assert.equal(ran.code, 9);
    assert.ok(existsSync(lake.data));
  });
});
