import assert from 'node:assert/strict';
import { execa } from 'execa';
import type { Context } from 'mocha';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderRole } from '../../src/aws/pipeline/github-role.ts';
import { findMirror } from '../../src/aws/terraform/mirror.ts';
import { temporaryFolder } from '../support/folders.ts';
import { synthesiseLake } from './stack.ts';

describe('terraform validate', () => {
  const folder = temporaryFolder();

  /** Validates what is in the folder. */
  async function validate(test: Context): Promise<{ valid: boolean; diagnostics: unknown[] }> {
    const { env, pluginDir } = findMirror(process.env);
    const terraform = (...args: string[]) =>
      execa('terraform', args, { cwd: folder.path, env, reject: false, stdin: 'ignore' });
    // Without a copy of the provider this would fetch 700 MB.
    if (pluginDir === undefined || (await terraform('version')).failed) test.skip();
    const init = await terraform('init', '-input=false', '-no-color', `-plugin-dir=${pluginDir}`);
    assert.equal(init.exitCode, 0, init.stderr);
    const { stdout } = await terraform('validate', '-json');
    const { valid, diagnostics } = JSON.parse(stdout) as { valid: boolean; diagnostics: unknown[] };
    return { valid, diagnostics };
  }

  it('accepts the stack of the lake', async function () {
    this.timeout(120_000);
    const { terraform: settings, ...stack } = synthesiseLake();
    const { required_providers: providers } = settings;
    writeFileSync(
      join(folder.path, 'cdk.tf.json'),
      JSON.stringify({ ...stack, terraform: { required_providers: providers } }),
    );
    assert.deepEqual(await validate(this), { valid: true, diagnostics: [] });
  });

  it('accepts the roles of a pipeline', async function () {
    this.timeout(120_000);
    const pipeline = { prefix: 'acme-lake', region: 'us-gov-west-1', owner: 'acme', repository: 'lake' };
    const text = renderRole({ ...pipeline, branch: 'main', downAt: undefined, version: '1.2.3' });
    writeFileSync(join(folder.path, 'main.tf'), text);
    assert.deepEqual(await validate(this), { valid: true, diagnostics: [] });
    // It becomes a file of the user, whose own checks may look at its form.
    const { stdout } = await execa('terraform', ['fmt', '-check', '-diff', '-no-color'], {
      ...{ cwd: folder.path, env: findMirror(process.env).env, reject: false, stdin: 'ignore' },
    });
    assert.equal(stdout, '');
  });
});
