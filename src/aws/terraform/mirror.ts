import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How Terraform finds its providers. */
export interface TerraformMirror {
  /** changes to the environment; undefined removes a variable */
  env: Record<string, string | undefined>;
  /** for `terraform init -plugin-dir`; absent: Terraform's own ways of finding providers */
  pluginDir?: string;
}

/** The parts of the file system that the search reads. */
export interface Folders {
  home: string;
  exists: (path: string) => boolean;
  /** names in a folder; empty when it can't be read */
  list: (path: string) => string[];
}

const thisMachine: Folders = {
  home: homedir(),
  exists: existsSync,
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      // There is no such folder, or it can't be read.
      return [];
    }
  },
};

/**
 * Finds a folder with a copy of a provider, in the layout of a filesystem mirror
 * (https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation). `CRYPTODM_TERRAFORM_MIRROR` comes first;
 * a CLI configuration of the user is left alone; then come folders in which mirrors usually are.
 * @param provider namespace and type, such as `hashicorp/aws`
 */
export function findMirror(
  env: Record<string, string | undefined>,
  provider = 'hashicorp/aws',
  folders: Folders = thisMachine,
): TerraformMirror {
  // The first folder of a mirror is the host of any registry.
  const holds = (folder: string) =>
    folders.list(folder).some((host) => folders.exists(join(folder, host, ...provider.split('/'))));
  const chosen = env['CRYPTODM_TERRAFORM_MIRROR'];
  const configuration = env['TF_CLI_CONFIG_FILE'];
  const configured = configuration !== undefined && folders.exists(configuration);
  // Terraform only warns about a missing configuration, but on each call.
  const changes = configuration === undefined || configured ? {} : { TF_CLI_CONFIG_FILE: undefined };
  if (chosen !== undefined && chosen !== '')
    return holds(chosen) ? { env: changes, pluginDir: chosen } : { env: changes };
  if (configured) return { env: changes };
  const usual = [
    ...folders
      .list('/opt')
      .sort()
      .map((name) => join('/opt', name)),
    join(folders.home, '.terraform.d', 'plugins'),
    join(folders.home, '.local', 'share', 'terraform', 'plugins'),
    '/usr/local/share/terraform/plugins',
    '/usr/share/terraform/plugins',
  ];
  const pluginDir = usual.find(holds);
  return pluginDir === undefined ? { env: changes } : { env: changes, pluginDir };
}
