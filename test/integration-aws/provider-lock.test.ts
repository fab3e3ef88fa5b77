import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { findMirror } from '../../src/aws/terraform/mirror.ts';
import { lockedProvider } from '../../src/aws/terraform/provider-lock.ts';
import { findTerraform, initialise, type Terraform } from '../../src/aws/terraform/terraform.ts';
import { temporaryFolder, writeFiles } from '../support/folders.ts';

describe('the lock of Terraform’s provider', function () {
  this.timeout(120_000);
  const root = temporaryFolder();
  let folder: string;

  beforeEach(() => {
    folder = join(root.path, 'stack');
    const required = { aws: { source: 'aws', version: lockedProvider.version } };
    writeFiles(folder, { 'cdk.tf.json': JSON.stringify({ terraform: { required_providers: required } }) });
  });

  async function terraform(mirror: ReturnType<typeof findMirror>): Promise<Terraform> {
    const env = { ...process.env, ...mirror.env };
    return { binary: await findTerraform(env), folder, env, pluginDir: mirror.pluginDir };
  }

  it('knows the provider that is published', async () => {
    const { signal } = new AbortController();
    const usual = await terraform(findMirror(process.env));
    await initialise(usual, signal);
    // Again, with the file that Terraform has written meanwhile.
    await initialise(usual, signal);
    const lock = readFileSync(join(folder, '.terraform.lock.hcl'), 'utf8');
    for (const hash of lockedProvider.hashes) assert.ok(lock.includes(hash), hash);
  });

  it('refuses another package of the same version', async () => {
    const mirror = join(root.path, 'mirror');
    const system = `${platform()}_${arch() === 'x64' ? 'amd64' : arch()}`;
    const place = join(mirror, lockedProvider.source, lockedProvider.version, system);
    mkdirSync(place, { recursive: true });
    const binary = `terraform-provider-aws_v${lockedProvider.version}_x5`;
    writeFileSync(join(place, binary), '#!/bin/sh\ntouch "$PWD/started"\n', { mode: 0o755 });
    const forged = await terraform({ env: {}, pluginDir: mirror });
    await assert.rejects(initialise(forged, new AbortController().signal), (fault: Error) => {
      assert.match(fault.message, /checksum/);
      return true;
    });
  });
});
