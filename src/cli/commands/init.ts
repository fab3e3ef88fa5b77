import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { Command } from '../command.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a commented cryptodm.yaml; optional, everything has a default',
  options: [
    { flags: '--coins <pairs>', summary: 'pairs to follow, such as BTC/USD,ETH/USD', setting: 'coins' },
    { flags: '--source <source>', summary: 'auto, alpaca, simulate or replay:FILE', setting: 'source' },
    { flags: '--print', summary: 'to stdout instead of a file' },
    { flags: '--force', summary: 'replace a file that stands' },
  ],
  examples: [
    { line: 'cryptodm init', does: 'every setting, at its default' },
    { line: 'cryptodm init --coins BTC/USD,ETH/USD --source simulate', does: 'with these chosen' },
  ],
  run: async (context, flags) => {
    const { renderSettingsFile } = await import('../../settings/template.ts');
    const { readSettings, settingsFile } = await import('../../settings/settings.ts');
    const chosen: { coins?: string[]; source?: string } = {};
    if (typeof flags['coins'] === 'string')
      chosen.coins = flags['coins'].split(',').map((pair) => pair.trim().toUpperCase());
    if (typeof flags['source'] === 'string') chosen.source = flags['source'];
    // Checked before anything is written; the file that stands is not read.
    readSettings({ flags: { ...chosen }, env: {}, cwd: '/' });
    const text = renderSettingsFile(context.io.env, homedir(), chosen);
    if (flags['print'] === true) {
      context.io.stdout.write(text);
      return 0;
    }
    const path = join(context.io.cwd, context.global.config ?? settingsFile);
    if (existsSync(path) && flags['force'] !== true) {
      throw new Fault('usage', `${path} stands already`, {
        where: path,
        next: 'Replace it with --force, or look at the defaults with --print.',
      });
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
