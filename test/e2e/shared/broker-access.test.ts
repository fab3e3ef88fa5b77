import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { layOut } from '../../../src/local/layout.ts';
import { renderStatus } from '../../../src/local/text/status.ts';
import { lookAtTopics } from '../../../src/tools/kafka.ts';
import type { TestLake } from '../../support/lake.ts';
import { rawClient } from '../../support/raw-kafka.ts';
import { sharedLake } from '../../support/shared-lake.ts';
import { connectTo, readTopic, sendRaw } from '../../support/topic.ts';

/** Of the probe that looks whether the broker takes records: no job reads it. */
const topic = 'cryptodm-probe';
/** Of somebody without any right: "nobody" on most systems. */
const stranger = 65_534;

describe('the broker of a lake', function () {
  this.timeout(120_000);
  let lake: TestLake;
  let file: string;
  let token: string;
  const records = async () => (await readTopic(lake.broker, topic)).length;
  const address = () => lake.broker.bootstrapServers;
  const ask = async (port: string | undefined, kind: '1' | '2', user = process.getuid?.() ?? 0) => {
    const raw = ['-e', rawClient, port ?? '', kind];
    const { stdout } =
      user === process.getuid?.()
        ? await execa(process.execPath, raw)
        : await execa('setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', process.execPath, ...raw]);
    return stdout;
  };

  before(async () => {
    lake = await sharedLake();
    file = layOut(lake.data).credential;
    token = readFileSync(file, 'utf8').trim();
  });

  /** What a client of kafkajs gets that signs in like this, for a record. */
  async function refusalOf(sasl: { username: string; password: string } | undefined): Promise<string> {
    const more = sasl === undefined ? {} : { sasl: { mechanism: 'scram-sha-512' as const, ...sasl } };
    const client = connectTo({ bootstrapServers: address() }, { retry: { retries: 0 }, requestTimeout: 5000, ...more });
    const producer = client.producer({ allowAutoTopicCreation: false });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [{ value: '' }] });
      return '';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await producer.disconnect();
    }
  }

  it('takes records of a client with the credential, and of none without it, with another one or of another user', async () => {
    const before = await records();
    assert.notEqual(await refusalOf(undefined), '');
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    assert.match(await refusalOf({ username: 'cryptodm', password: wrong }), /invalid credentials/);
    assert.match(await refusalOf({ username: 'admin', password: token }), /invalid credentials/);
    assert.equal(await records(), before);
    await sendRaw(lake.broker, topic, [{ key: '', value: '' }]);
    assert.equal(await records(), before + 1);
  });

  it('is taken for another lake’s by a command whose credential it does not know', async () => {
    const strange = join(lake.folder, 'strange-credential');
    writeFileSync(strange, 'A'.repeat(43));
    const looked = await lookAtTopics({ ...lake.broker, credential: strange }, [topic]);
    assert.deepEqual([looked.foreign, looked.ranges], [true, undefined]);
  });

  it('answers nobody who has not signed in, at the port of its controller either', async () => {
    assert.equal(await ask(address().split(':')[1], '1'), 'refused');
    assert.equal(await ask(lake.env['CRYPTODM_PORTS_CONTROLLER'], '2'), 'refused');
  });

  it('is closed to another user of the machine, who can’t read the credential', async function () {
    if (process.getuid?.() !== 0) this.skip();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const as = [`--reuid=${stranger}`, `--regid=${stranger}`, '--clear-groups'];
    const read = await execa('setpriv', [...as, 'cat', file], { reject: false });
    assert.notEqual(read.exitCode, 0);
    assert.equal(read.stdout, '');
    assert.equal(await ask(address().split(':')[1], '1', stranger), 'refused');
    assert.equal(await ask(lake.env['CRYPTODM_PORTS_CONTROLLER'], '2', stranger), 'refused');
  });

  it('has its credential in no other file, command line or environment', async () => {
    const status = await lake.status();
    const pids = status.parts.flatMap((part) => part.pid ?? []);
    assert.ok(pids.length >= 4);
    const places =
      process.platform === 'linux' ? pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]) : [];
    const files = readdirSync(lake.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.length > 50);
    const holders = [...files, ...places].filter((path) => readWhole(path)?.includes(token) === true);
    assert.deepEqual(holders, [file]);
  });

  it('is named by "status" with the file that opens it, without what is in it', async () => {
    const status = await lake.status();
    assert.deepEqual(status.signIn?.servers.includes('Kafka'), true);
    const text = renderStatus(status, new Date());
    assert.match(text, /Kafka.*: sign in as cryptodm with the password in /);
    assert.ok(text.includes(file));
    assert.ok(!`${text}${JSON.stringify(status)}`.includes(token));
  });

  it('is opened on the loopback interface only, and so is every port of the lake’s processes', async function () {
    if (process.platform !== 'linux') this.skip();
    const status = await lake.status();
    const pids = status.parts.flatMap((part) => part.pid ?? []);
    const open = listeners(pids);
    assert.ok(open.length >= 4, JSON.stringify(open));
    // 127.0.0.1, plain or within IPv6, in the byte order of the machine; see proc(5).
    assert.deepEqual(
      open.filter((where) => !/^(0000000000000000FFFF0000)?0100007F:/.test(where)),
      [],
    );
  });
});

/** A file that may be gone meanwhile. */
function readWhole(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Addresses and ports, as /proc/net has them, at which one of the processes listens. */
function listeners(pids: number[]): string[] {
  const sockets = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${name}`);
        } catch {
          return [];
        }
      }),
    ),
  );
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && sockets.has(`socket:[${fields[9] ?? ''}]`))
      .map((fields) => fields[1] ?? ''),
  );
}
