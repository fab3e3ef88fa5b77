import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const offered = async (...typed: string[]) =>
  (await runCommand(['complete', '--', ...typed])).stdout.trim().split('\n');

describe('completion', () => {
  const has: [string[], string[]][] = [
    [['ta'], ['tables', 'trade', 'help', 'config']],
    [['--json', 'st'], ['status']],
    [
      ['help', ''],
      ['up', 'tables'],
    ],
    [
      ['tables', ''],
      ['create', 'repair', 'accept'],
    ],
    [
      ['tables', 'repair', '--'],
      ['--dry-run', '--table', '--data', '--help'],
    ],
    [
      ['tables', 'repair', '--table', ''],
      ['crypto_db.crypto_quote', 'crypto_gold.candle'],
    ],
    [
      ['query', '--format', ''],
      ['table', 'json', 'csv'],
    ],
    [
      ['trade', 'buy', ''],
      ['BTC/USD', 'LTC/USD'],
    ],
    [
      ['trade', '--data', 'L', ''],
      ['buy', 'sell'],
    ],
    [['jobs', 'submit', ''], ['quotes-iceberg']],
    [['query', '--file', ''], [':file']],
    [['status', '--data', ''], [':folder']],
  ];
  for (const [typed, words] of has) {
    it(`offers ${words.join(', ')} after "${typed.join(' ')}"`, async () => {
      const found = await offered(...typed);
      assert.deepEqual(
        words.filter((word) => !found.includes(word)),
        [],
        found.join(' '),
      );
    });
  }

  describe('of the parts that log', () => {
    const folder = temporaryFolder();

    it('is what has logged in this lake, none before the first "up"', async () => {
      assert.deepEqual(await offered('logs', '--data', folder.path, ''), ['']);
      writeFiles(folder.path, { 'logs/kafka.log': '', 'logs/schedule-optimize.log': '' });
      assert.deepEqual(await offered('logs', '--data', folder.path, ''), ['kafka', 'schedule-optimize']);
    });

    it('is what logs in an account', async () => {
      const env = { CRYPTODM_TARGET: 'aws', CRYPTODM_AWS_PREFIX: 'acme', CRYPTODM_PATHS_DATA: folder.path };
      const { stdout } = await runCommand(['complete', '--', 'logs', ''], { env });
      const found = stdout.trim().split('\n');
      for (const part of ['producer-quotes', 'quotes-iceberg', 'kafka']) assert.ok(found.includes(part), stdout);
      assert.ok(!found.includes('elasticsearch'));
    });
  });

  it('offers values apart from flags, and no command of other processes', async () => {
    assert.deepEqual(await offered('up', '--target', ''), ['local', 'aws']);
    assert.ok(!(await offered('up', '--')).includes('aws'));
    assert.ok(!(await offered('')).includes('supervise'));
  });
});

describe('the completion script of bash', () => {
  const folder = temporaryFolder();

  it('gives what the program answers, and files where it asks for them', async () => {
    const { stdout: script } = await runCommand(['completion', 'bash']);
    const program = '#!/bin/sh\ncase "$*" in *--file*) echo :file ;; *) printf "%s\\n" create repair ;; esac\n';
    writeFiles(folder.path, { 'cryptodm*': program, 'question.sql': '' });
    const ask = (...words: string[]) => {
      const typed = [`${folder.path}/cryptodm`, ...words].map((word) => `'${word}'`).join(' ');
      const lines = [
        script,
        `COMP_WORDS=(${typed}); COMP_CWORD=${String(words.length)}; _cryptodm; echo "\${COMPREPLY[@]}"`,
      ];
      const { stdout } = spawnSync('bash', ['-c', lines.join('\n')], { cwd: folder.path, encoding: 'utf8' });
      return stdout.trim();
    };
    assert.equal(ask('tables', 're'), 'repair');
    assert.equal(ask('query', '--file', 'q'), 'question.sql');
  });
});
