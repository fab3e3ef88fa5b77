import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLogs } from '../../../src/local/logs.ts';
import { linesSince } from '../../../src/tools/log-lines.ts';
import { withFolder } from '../../support/folders.ts';

describe('logs', () => {
  it('show a line without a time with the one above it', () => {
    const text = '2025-01-01T00:00:01Z old\n  at old\n2025-01-01T00:00:05.500Z new\n  at new\n';
    assert.deepEqual(linesSince(text, new Date('2025-01-01T00:00:04Z')), ['2025-01-01T00:00:05.500Z new', '  at new']);
  });

  it('know the time that Spark writes', () => {
    const text = '26/12/02 15:13:58 INFO old\n26/12/02 15:14:00 ERROR new\njava.lang.Error\n\tat new\n';
    const since = new Date('2026-12-02T15:14:00Z');
    assert.deepEqual(linesSince(text, since), ['26/12/02 15:14:00 ERROR new', 'java.lang.Error', '\tat new']);
  });

  it('show the lines before the first time with the one below them, and all of a log without times', () => {
    const text = 'a JVM starts\n2025-01-01T00:00:05Z new\n';
    assert.deepEqual(linesSince(text, new Date('2025-01-01T00:00:04Z')), ['a JVM starts', '2025-01-01T00:00:05Z new']);
    assert.deepEqual(linesSince(text, new Date('2025-01-01T00:00:07Z')), []);
    assert.deepEqual(linesSince('one\ntwo\n', new Date('2025-01-01T00:00:07Z')), ['one', 'two']);
  });

  it('go on with what comes, whole lines only', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'kafka.log'), 'one\n');
      const stop = new AbortController();
      const seen: string[] = [];
      const reading = readLogs({
        folder,
        part: 'kafka',
        follow: true,
        since: undefined,
        signal: stop.signal,
        write: (_part, line) => {
          seen.push(line);
          if (line === 'one') appendFileSync(join(folder, 'kafka.log'), 'two\nthr');
          if (line === 'two') appendFileSync(join(folder, 'kafka.log'), 'ee\n');
          if (line === 'three') stop.abort();
        },
      });
      await reading;
      assert.deepEqual(seen, ['one', 'two', 'three']);
    }));

  it('of an unknown part are refused with the parts there are', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'kafka.log'), '');
      const request = {
        folder,
        part: 'kafak',
        follow: false,
        since: undefined,
        signal: new AbortController().signal,
        write: () => undefined,
      };
      await assert.rejects(readLogs(request), { kind: 'usage', next: 'There are: kafka.' });
    }));
});
