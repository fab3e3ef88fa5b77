import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Fault } from '../../errors.ts';
import type { PipelineFile } from '../../lake-target.ts';
import type { ChosenSettings } from '../../settings/template.ts';
import { targets } from '../../targets.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { askQuestions } from '../init-questions.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a commented cryptodm.yaml; optional, everything has a default',
  options: [
    { flags: '--coins <pairs>', values: 'coin', summary: 'pairs to follow, such as BTC/USD,ETH/USD', setting: 'coins' },
    {
      flags: '--source <source>',
      summary: 'auto, alpaca, simulate, replay:FILE, or exchanges such as coinbase,kraken',
      setting: 'source',
    },
    { flags: '--target <target>', summary: 'where the lake is (default: local)', choices: ['local', 'aws'] },
    { flags: '--prefix <prefix>', summary: 'aws: first part of every name in the account' },
    { flags: '--region <region>', summary: 'aws: region (default: us-east-1)' },
    { flags: '--email <address>', summary: 'aws: address that gets the alarms' },
    { flags: '--elastic-url <url>', summary: 'aws: an existing Elasticsearch (default: one in Elastic Cloud)' },
    { flags: '--ttl <time>', summary: 'aws: time to live, such as 8h; 0 for no end (default: 8h)' },
    {
      flags: '--ci <host>',
      summary: 'aws: also a workflow that runs plan, up and down, and its roles',
      choices: ['github'],
    },
    { flags: '--repository <owner/name>', summary: 'with --ci: the repository (default: the origin of git)' },
    {
      flags: '--branch <name>',
      summary: 'with --ci: the default branch, whose settings the lake follows (default: main)',
    },
    {
      flags: '--down-at <cron>',
      summary: 'with --ci: when the workflow runs "down --keep-data", as cron in UTC (default: only by hand)',
    },
    { flags: '--print', summary: 'to stdout instead of a file' },
    { flags: '--force', summary: 'replace existing files' },
  ],
  examples: [
    { line: 'cryptodm init', does: 'every setting, at its default' },
    { line: 'cryptodm init --coins BTC/USD,ETH/USD --source simulate', does: 'with these chosen' },
    {
      line: 'cryptodm init --target aws --prefix acme-lake',
      does: 'for a lake in an account; asks for what the flags leave open',
    },
    {
      line: 'cryptodm init --ci github --down-at "0 20 * * 1-5"',
      does: 'a pipeline for the lake of the cryptodm.yaml that is there',
    },
  ],
  run: async (context, flags) => {
    const { renderSettingsFile } = await import('../../settings/template.ts');
    const { readSettings, settingsFile } = await import('../../settings/settings.ts');
    const ci = typeof flags['ci'] === 'string';
    if (!ci) requireNone(flags, ['repository', 'branch', 'downAt'], 'works only with --ci');
    else if (flags['print'] === true || context.global.config !== undefined) {
      throw new Fault('usage', '--ci writes several files, for the cryptodm.yaml of this folder', {
        where: flags['print'] === true ? '--print' : '--config',
        next: 'Leave that flag out.',
      });
    }
    const path = join(context.io.cwd, context.global.config ?? settingsFile);
    // A pipeline for a lake whose settings are there already.
    if (ci && existsSync(path) && !lakeFlags.some((flag) => flags[flag] !== undefined)) {
      const { pipelineFiles } = await import('../init-pipeline.ts');
      return write(context, flags, await pipelineFiles(context, flags, await context.settings()));
    }

    const chosen: ChosenSettings = {};
    if (typeof flags['coins'] === 'string')
      chosen.coins = flags['coins'].split(',').map((pair) => pair.trim().toUpperCase());
    if (typeof flags['source'] === 'string') chosen.source = flags['source'];
    // Before the first question.
    if (flags['print'] !== true) requireFree(path, flags);
    if (flags['target'] === 'local' || flags['target'] === 'aws') {
      chosen.target = flags['target'];
      const { questions } = await targets[chosen.target]();
      Object.assign(chosen, await askQuestions(context, flags, questions));
    }
    const { coins, source, target, prefix, region, email, timeToLive, elasticUrl } = chosen;
    // Checked before anything is written; an existing file is not read.
    const settings = readSettings({
      flags: { coins, source, target, aws: { prefix, region, email, timeToLive }, elastic: { url: elasticUrl } },
      env: {},
      cwd: '/',
    });
    const text = renderSettingsFile(chosen);
    if (flags['print'] === true) {
      context.io.stdout.write(text);
      return 0;
    }
    const pipeline = ci ? await (await import('../init-pipeline.ts')).pipelineFiles(context, flags, settings) : [];
    return write(context, flags, [{ path: relative(context.io.cwd, path), text }, ...pipeline]);
  },
};

/** Flags that describe a lake: with one of them a settings file is written. */
const lakeFlags = ['coins', 'source', 'target', 'prefix', 'region', 'email', 'elasticUrl', 'ttl'];

/** Writes all files or, when one of them exists, none. */
function write(context: Context, flags: Flags, files: readonly PipelineFile[]): number {
  const found = files.map(({ path, text }) => ({ path: join(context.io.cwd, path), text }));
  for (const { path } of found) requireFree(path, flags);
  for (const { path, text } of found) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } catch (error) {
      throw new Fault('environment', `can't write ${path}`, {
        where: path,
        next: 'Make the folder writable.',
        cause: error,
      });
    }
    if (context.global.json) context.data({ file: path });
    else context.print(path);
  }
  return 0;
}

function requireNone(flags: Flags, names: readonly string[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new Fault('usage', `${flag} ${why}`, { where: flag, next: 'For example: cryptodm init --ci github' });
}

function requireFree(path: string, flags: Flags): void {
  if (!existsSync(path) || flags['force'] === true) return;
  throw new Fault('usage', `${path} exists already`, {
    where: path,
    next:
      flags['ci'] === undefined
        ? 'Replace it with --force, or see the defaults with --print.'
        : 'Replace it with --force.',
  });
}
