import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { callOf, repeatCall } from '../../../src/cli/call.ts';
import { commands } from '../../../src/cli/commands/all.ts';
import { orderArguments } from '../../../src/cli/argument-order.ts';
import { globalOptions } from '../../../src/cli/flags.ts';
import { exitCodes } from '../../../src/errors.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

const order = (...argv: string[]) => orderArguments(argv, { commands, globals: globalOptions }).join(' ');

describe('options', () => {
  it('may stand before or after the command, with their values', () => {
    assert.equal(order('--json', 'status'), 'status --json');
    assert.equal(order('--data', 'L', '-q', 'status', '--watch'), 'status --data L -q --watch');
    assert.equal(order('--data=L', 'tables', '--dry-run', 'repair'), 'tables repair --data=L --dry-run');
    assert.equal(order('--target', 'aws', 'up'), 'up --target aws');
    assert.equal(order('query', 'select 1', '--json'), 'query select 1 --json');
  });

  it('are not words of the same spelling: SQL, and what follows --', () => {
    assert.equal(order('query', '-- a comment\nselect 1', '--json'), 'query --json -- -- a comment\nselect 1');
    assert.equal(order('--json', 'query', '--', '--x'), 'query --json -- --x');
  });

  it('mean the same in every command, as far as they take a value', () => {
    const all = commands.flatMap((command) => [command, ...(command.subcommands ?? [])]);
    const flags = [...globalOptions, ...all.flatMap(({ options = [] }) => options)].map((option) => option.flags);
    const names = (pattern: RegExp) =>
      new Set(flags.filter((text) => pattern.test(text)).flatMap((text) => text.match(/--[a-z-]+/g) ?? []));
    const bare = names(/^[^<[]*$/);
    const both = [...names(/[<[]/)].filter((name) => bare.has(name));
    assert.deepEqual(both, []);
  });

  it('reach the command when they stand before it', async () => {
    const { code, stdout } = await runCommand(['--json', '--data', '/nowhere/lake', 'status']);
    assert.equal(code, exitCodes.part);
    assert.equal((JSON.parse(stdout) as { data: string }).data, '/nowhere/lake');
  });
});

describe('a wrong call', () => {
  const wrong: [string[], RegExp][] = [
    [['help', 'nosuch'], /unknown command nosuch/],
    [['tabels'], /Did you mean "tables"/],
    [['tables', 'creat'], /Did you mean "create"/],
    [['tables'], /not complete: cryptodm tables[^]*create, repair, accept/],
    [['--data', '/tmp'], /there is no command/],
    [['query', 'select 1', '--json', '--format', 'csv'], /cannot be used with option '--json'/],
    [['logs', '--data', '/nowhere/lake'], /no lake has logged anything/],
  ];
  for (const [args, message] of wrong) {
    it(`is named: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCommand(args);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(code, args[0] === 'logs' ? exitCodes.part : exitCodes.usage);
    });
  }

  it('is one JSON object on stderr with --json, never a line of the result', async () => {
    const { code, stdout, stderr } = await runCommand(['up', '--nosuch', '--json']);
    assert.equal(stdout, '');
    const fault = JSON.parse(stderr) as { event: string; exitCode: number };
    assert.deepEqual([fault.event, fault.exitCode, code], ['error', exitCodes.usage, exitCodes.usage]);
  });
});

it('the version is JSON with --json', async () => {
  for (const args of [
    ['-V', '--json'],
    ['--json', '--version'],
  ]) {
    const { code, stdout } = await runCommand(args);
    assert.equal(code, 0);
    assert.match((JSON.parse(stdout) as { version: string }).version, /^\d+\.\d+\.\d+/);
  }
});

it('the help names the options of every command, the exit codes and the documentation, at any width', async () => {
  for (const columns of [60, 200]) {
    const { stdout } = await runCommand(['--help'], { columns });
    assert.match(stdout, /--data <dir>[^]*Exit codes:[^]*130[^]*Documentation: README\.md/);
    const { stdout: up } = await runCommand(['up', '--help'], { columns });
    // A command is never broken: it is there to be copied.
    const prose = `${stdout}${up}`.split('\n').filter((line) => !/^ +cryptodm /.test(line));
    const widest = Math.max(...prose.map((line) => line.length));
    assert.ok(widest <= columns && (columns < 100 || widest > 100), `${String(widest)} columns of ${String(columns)}`);
  }
});

it('Ctrl-C of what goes on until Ctrl-C ends with 130', async () => {
  const { code } = await runCommand(['status', '--watch', '--data', '/nowhere/lake'], {
    signal: AbortSignal.timeout(300),
  });
  assert.equal(code, exitCodes.interrupted);
});

describe('a hint', () => {
  const folder = temporaryFolder();

  it('repeats how the program was called', async () => {
    const data = join(folder.path, 'my lake');
    const { stdout } = await runCommand(['status', '--data', data], { calledAs: './cryptodm' });
    assert.match(stdout, new RegExp(`"\\./cryptodm --data '${data}' up"`));
    const { stderr } = await runCommand(['query', 'select 1', '--data', data, '--json'], { calledAs: './cryptodm' });
    assert.equal((JSON.parse(stderr) as { next: string }).next, `./cryptodm --data '${data}' up`);
  });

  it('has the plain name where a shell would find the same program', () => {
    writeFiles(folder.path, { 'bin/cryptodm*': '#!/bin/sh\n' });
    const program = join(folder.path, 'bin', 'cryptodm');
    const env = { PATH: `/usr/bin:${join(folder.path, 'bin')}` };
    assert.equal(callOf(program, env, []).program, 'cryptodm');
    assert.equal(callOf('./cryptodm', env, []).program, './cryptodm');
    assert.equal(callOf(program, { PATH: '/usr/bin' }, []).program, program);
    assert.equal(callOf(undefined, {}, []).program, 'cryptodm');
  });

  it('changes nothing but commands', () => {
    const call = callOf('./cryptodm', {}, ['up', '--data=L', '--target', 'aws']);
    const said = (text: string) => repeatCall(text, call, commands);
    assert.equal(said('Run "cryptodm up".'), 'Run "./cryptodm --data L --target aws up".');
    for (const text of ['cryptodm itself', '~/.cache/cryptodm is', 'cryptodm uptime', '/x/cryptodm up'])
      assert.equal(said(text), text);
  });
});

describe('stdout that takes nothing', () => {
  const run = (stdout: 'pipe' | number, ...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
    });

  it('because the disk is full is one sentence, and exit code 4', function () {
    if (!existsSync('/dev/full')) this.skip();
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = run(full, 'status', '--data', '/nowhere/lake');
      assert.match(stderr, /^error: the output can’t be written: the disk is full\n {2}at stdout\n {2}Make room .*\n$/);
      assert.equal(status, exitCodes.environment);
      const json = run(full, 'status', '--data', '/nowhere/lake', '--json').stderr;
      assert.equal((JSON.parse(json) as { where: string }).where, 'stdout');
    } finally {
      closeSync(full);
    }
  });

  it('because its reader has gone ends quietly', () => {
    const piped = `"$0" --import tsx src/main.ts completion bash | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', piped, process.execPath], { encoding: 'utf8' });
    assert.deepEqual([stdout, stderr], ['0\n', '']);
  });
});
