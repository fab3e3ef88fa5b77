import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChannels, type ChannelSettings } from '../../../../src/local/alarms/channels.ts';
import type { Problem } from '../../../../src/lake/alarms.ts';
import type { Notification } from '../../../../src/local/alarms/notification.ts';
import { AlarmWatch } from '../../../../src/local/alarms/watch.ts';
import { alarms } from '../../../../src/lake/alarms.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { WebhookReceiver, webhookSecret } from '../../../support/webhook.ts';

const start = Date.parse('2025-07-08T05:43:00Z');
const bad: Problem = { id: 'bad-records', part: 'quotes-iceberg', what: '2 malformed records', next: 'Look at them.' };
const down: Problem = { id: 'part-down', part: 'kafka', what: 'Kafka does not run', next: 'Start it again.' };

describe('the receivers of alarms', () => {
  const folder = temporaryFolder();
  let receiver: WebhookReceiver;
  let lines: string[];
  let seconds: number;

  beforeEach(async () => {
    receiver = await WebhookReceiver.open();
    lines = [];
    seconds = 0;
  });

  afterEach(() => {
    receiver.close();
  });

  const file = () => join(folder.path, 'alarms.json');

  /** A watch over problems and a clock that the test controls. */
  function open(channels: () => ChannelSettings = () => ({ webhook: receiver.url })) {
    const state: { problems: Problem[] } = { problems: [] };
    const watch = new AlarmWatch({
      alarms,
      data: '/lake',
      file: file(),
      look: () => Promise.resolve({ problems: state.problems, channels: openChannels(channels(), process.env) }),
      log: (line) => lines.push(line),
      now: () => new Date(start + seconds * 1000),
      retries: { firstWaitMs: 20, longestWaitMs: 50, giveUpMs: 86_400_000 },
    });
    return {
      /** looks every 10 s for a while, with these problems standing */
      last: async (forSeconds: number, ...problems: Problem[]) => {
        state.problems = problems;
        for (const end = seconds + forSeconds; seconds <= end; seconds += 10) await watch.evaluate();
      },
      /** waits until nothing is left to send */
      told: async () => {
        const empty = await awaitAnswer(
          () => {
            watch.deliver();
            return remembered().outbox.length === 0 ? true : undefined;
          },
          { withinMs: 5000, everyMs: 5 },
        );
        assert.ok(empty, JSON.stringify([remembered(), lines]));
        return receiver.told;
      },
      watch,
    };
  }

  const remembered = () => JSON.parse(readFileSync(file(), 'utf8')) as { outbox: unknown[] };

  it('get each start and each end once, with what to do', async () => {
    const { last, told, watch } = open();
    await last(60, bad);
    await last(60);
    await last(10, bad);
    assert.deepEqual(await told(), ['bad-records firing', 'bad-records resolved', 'bad-records firing']);
    const [first, second, third] = receiver.taken.map(({ alerts }) => alerts[0]);
    assert.ok(first && second && third);
    assert.deepEqual(first.labels, { ...first.labels, alertname: 'bad-records', severity: 'warning', lake: '/lake' });
    assert.match(JSON.stringify(first.annotations), /2 malformed records.*Look at them/);
    assert.equal(first.endsAt, '0001-01-01T00:00:00Z');
    assert.equal(second.endsAt > second.startsAt, true);
    // What begins and what ends is one and the same; what begins again is another.
    assert.deepEqual([first.fingerprint, first.startsAt], [second.fingerprint, second.startsAt]);
    assert.equal(third.fingerprint, first.fingerprint);
    assert.notEqual(third.startsAt, first.startsAt);
    await watch.end();
  });

  it('get nothing twice from the next process, and what the last one could not send', async () => {
    const first = open();
    await first.last(10, bad);
    await first.told();
    await first.watch.end();

    receiver.holding = true;
    const second = open();
    await second.last(10, bad, down);
    await second.last(20, bad, down);
    assert.ok(await awaitAnswer(() => (receiver.asked > 1 ? true : undefined), { withinMs: 5000 }));
    // Killed while it was sending.
    await second.watch.end();
    receiver.holding = false;

    const third = open();
    await third.last(60);
    assert.deepEqual(await third.told(), [
      'bad-records firing',
      'part-down firing',
      'bad-records resolved',
      'part-down resolved',
    ]);
    await third.watch.end();
  });

  it('get messages in order after a refusal, and evaluation does not wait for them', async () => {
    receiver.refusals.push(503, 429, 500);
    const { last, told, watch } = open();
    receiver.holding = true;
    const began = performance.now();
    await last(60, bad);
    await last(60);
    assert.ok(performance.now() - began < 2000);
    receiver.holding = false;
    assert.deepEqual(await told(), ['bad-records firing', 'bad-records resolved']);
    assert.match(lines.join('\n'), /can't notify: bad-records \(firing\) by webhook: the webhook answers 503/);
    await watch.end();
  });

  it('never find the address in the log or in a file', async () => {
    const url = receiver.url;
    receiver.close();
    const { last, watch } = open(() => ({ webhook: url }));
    await last(10, bad);
    const failed = await awaitAnswer(() => lines.find((line) => line.includes("can't be reached")), { withinMs: 5000 });
    assert.match(failed ?? '', /ECONNREFUSED/);
    await watch.end();
    const written = lines.join('\n') + readFileSync(file(), 'utf8');
    assert.ok(!written.includes(webhookSecret), written);
    receiver = await WebhookReceiver.open();
  });

  it('get what already fires when they are configured, and no end without its start', async () => {
    let channels: ChannelSettings = {};
    const { last, told, watch } = open(() => channels);
    await last(30, bad);
    await last(60);
    await last(30, bad);
    assert.deepEqual(receiver.told, []);
    channels = { webhook: receiver.url };
    await last(10, bad);
    await last(60);
    assert.deepEqual(await told(), ['bad-records firing', 'bad-records resolved']);
    await watch.end();
  });

  it('get no alarm for the time before and in a sleep of the machine', async () => {
    const { last, told, watch } = open();
    await last(5, down);
    seconds += 3600;
    await last(5, { ...down, since: new Date(start).toISOString() });
    await last(60);
    assert.deepEqual(await told(), []);
    await watch.end();
  });

  it('may be a command, which reads stdin and is tried again until it succeeds', async () => {
    const out = join(folder.path, 'out.jsonl');
    const script = join(folder.path, 'tell.mjs');
    const tries = join(folder.path, 'tries');
    writeFileSync(
      script,
      `import { appendFileSync, existsSync, writeFileSync, readFileSync } from 'node:fs';
       if (!existsSync(${JSON.stringify(tries)})) { writeFileSync(${JSON.stringify(tries)}, ''); process.exit(3); }
       appendFileSync(${JSON.stringify(out)}, readFileSync(0, 'utf8'));
       if (process.env.APCA_API_SECRET_KEY !== undefined) process.exit(4);`,
    );
    process.env['APCA_API_SECRET_KEY'] = 'never handed on';
    try {
      const { last, told, watch } = open(() => ({ command: [process.execPath, script, 'an argument'] }));
      await last(10, bad);
      await told();
      await watch.end();
    } finally {
      delete process.env['APCA_API_SECRET_KEY'];
    }
    const told = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Notification);
    assert.deepEqual(
      told.map(({ status }) => status),
      ['firing'],
    );
    assert.match(lines.join('\n'), /by command: the command ended with exit code 3/);
    assert.ok(!lines.join('\n').includes('an argument'));
  });
});
