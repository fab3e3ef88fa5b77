import assert from 'node:assert/strict';
import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMirror } from '../../src/aws/terraform/mirror.ts';
import { temporaryFolder } from '../support/folders.ts';
import { synthesiseLake } from './stack.ts';

describe('terraform validate', () => {
  const folder = temporaryFolder();

  it('accepts the stack of the lake', async function () {
    this.timeout(120_000);
    const { env, pluginDir } = findMirror(process.env);
    const terraform = (...args: string[]) =>
      execa('terraform', args, { cwd: folder.path, env, reject: false, stdin: 'ignore' });
    // Without a copy of the provider this would fetch 700 MB.
    if (pluginDir === undefined || (await terraform('version')).failed) this.skip();
    const { terraform: settings, ...stack } = synthesiseLake();
    const { required_providers: providers } = settings;
    writeFileSync(
      join(folder.path, 'cdk.tf.json'),
      JSON.stringify({ ...stack, terraform: { required_providers: providers } }),
    );
    const init = await terraform('init', '-input=false', '-no-color', `-plugin-dir=${pluginDir}`);
    assert.equal(init.exitCode, 0, init.stderr);
    const { stdout } = await terraform('validate', '-json');
    const { valid, diagnostics } = JSON.parse(stdout) as { valid: boolean; diagnostics: unknown[] };
    assert.deepEqual({ valid, diagnostics }, { valid: true, diagnostics: [] });
  });
});
