import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder, isComplete, publishFolder } from '../../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../../src/toolchain/machine.ts';
import { findMirror } from '../../../../src/aws/terraform/mirror.ts';

const sources = join(import.meta.dirname, 'provider');
/** Version of the real provider, which the constructs pin. */
const version = '0.12.2';

/** Why the stand-in for provider elastic/ec can't be built here, undefined when it can. */
export async function providerUnavailable(): Promise<string | undefined> {
  if (isComplete(mirrorFolder())) return undefined;
  const { failed } = await execa('go', ['version'], { reject: false, stdin: 'ignore' });
  return failed ? 'the stand-in for Terraform’s provider elastic/ec is built by Go, which is not installed' : undefined;
}

/**
 * Builds the stand-in once and writes a CLI configuration of Terraform that finds elastic/ec there and all other providers where this
 * machine has them.
 * @returns path of the configuration
 */
export async function configureProvider(folder: string): Promise<string> {
  const mirror = mirrorFolder();
  if (!isComplete(mirror)) await publishFolder(mirror, build);
  const { pluginDir } = findMirror({ ...process.env, TF_CLI_CONFIG_FILE: undefined });
  const others =
    pluginDir === undefined
      ? 'direct { exclude = ["elastic/ec"] }'
      : `filesystem_mirror {\n    path = "${pluginDir}"\n    exclude = ["elastic/ec"]\n  }`;
  const path = join(folder, 'terraform.rc');
  writeFileSync(
    path,
    `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n    include = ["elastic/ec"]\n  }\n  ${others}\n}\n`,
  );
  return path;
}

function mirrorFolder(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return join(
    cacheFolder(thisMachine(process.env)),
    'test',
    `elastic-cloud-provider-${hash.digest('hex').slice(0, 12)}`,
  );
}

/** Layout: https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror */
async function build(mirror: string): Promise<void> {
  const go = (...args: string[]) => execa('go', args, { cwd: sources, stdin: 'ignore' });
  const [os = '', architecture = ''] = (await go('env', 'GOOS', 'GOARCH')).stdout.split('\n');
  const folder = join(mirror, await addressOf(mirror), version, `${os}_${architecture}`);
  mkdirSync(folder, { recursive: true });
  await go('build', '-trimpath', '-ldflags=-s -w', '-o', join(folder, `terraform-provider-ec_v${version}`), '.');
}

/** The full name of elastic/ec in Terraform, with the host of its registry. */
async function addressOf(folder: string): Promise<string> {
  const configuration = join(folder, 'main.tf.json');
  writeFileSync(configuration, JSON.stringify({ terraform: { required_providers: { ec: { source: 'elastic/ec' } } } }));
  const { stdout } = await execa('terraform', ['providers'], { cwd: folder, stdin: 'ignore' });
  rmSync(configuration);
  const [, address] = /provider\[([^\]]+\/elastic\/ec)\]/.exec(stdout) ?? [];
  if (address === undefined) throw new Error(`Terraform does not know elastic/ec:\n${stdout}`);
  return address;
}
