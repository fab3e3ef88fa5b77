import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { ChosenSettings } from '../../settings/template.ts';
import { targets } from '../../targets.ts';
import type { Command } from '../command.ts';
import { askQuestions } from '../init-questions.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a commented cryptodm.yaml; optional, everything has a default',
  options: [
    { flags: '--coins <pairs>', summary: 'pairs to follow, such as BTC/USD,ETH/USD', setting: 'coins' },
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
    { flags: '--print', summary: 'to stdout instead of a file' },
    { flags: '--force', summary: 'replace an existing file' },
  ],
  examples: [
    { line: 'cryptodm init', does: 'every setting, at its default' },
    { line: 'cryptodm init --coins BTC/USD,ETH/USD --source simulate', does: 'with these chosen' },
    {
      line: 'cryptodm init --target aws --prefix acme-lake',
      does: 'for a lake in an account; asks for what the flags leave open',
    },
  ],
  run: async (context, flags) => {
    const { renderSettingsFile } = await import('../../settings/template.ts');
    const { readSettings, settingsFile } = await import('../../settings/settings.ts');
    const chosen: ChosenSettings = {};
    if (typeof flags['coins'] === 'string')
      chosen.coins = flags['coins'].split(',').map((pair) => pair.trim().toUpperCase());
    if (typeof flags['source'] === 'string') chosen.source = flags['source'];
    const path = join(context.io.cwd, context.global.config ?? settingsFile);
    const replaces = existsSync(path) && flags['print'] !== true;
    // Before the first question.
    if (replaces && flags['force'] !== true) throw existsAlready(path);
    if (flags['target'] === 'local' || flags['target'] === 'aws') {
      chosen.target = flags['target'];
      const { questions } = await targets[chosen.target]();
      Object.assign(chosen, await askQuestions(context, flags, questions));
    }
    const { coins, source, target, prefix, region, email, timeToLive, elasticUrl } = chosen;
    // Checked before anything is written; an existing file is not read.
    readSettings({
      flags: { coins, source, target, aws: { prefix, region, email, timeToLive }, elastic: { url: elasticUrl } },
      env: {},
      cwd: '/',
    });
    const text = renderSettingsFile(chosen);
    if (flags['print'] === true) {
      context.io.stdout.write(text);
      return 0;
    }
    try {
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
    return 0;
  },
};

function existsAlready(path: string): Fault {
  return new Fault('usage', `${path} exists already`, {
    where: path,
    next: 'Replace it with --force, or see the defaults with --print.',
  });
}
