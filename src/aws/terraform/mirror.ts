import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How Terraform is told where its providers are. */
export interface TerraformMirror {
  /** changes to the environment; undefined takes a variable away */
  env: Record<string, string | undefined>;
  /** for `terraform init -plugin-dir`; absent: Terraform's own ways of finding providers */
  pluginDir?: string;
}

/** What is asked of the file system. */
export interface Folders {
  home: string;
  exists: (path: string) => boolean;
  /** names in a folder; none where there is none that can be read */
  list: (path: string) => string[];
}

const thisMachine: Folders = {
  home: homedir(),
  exists: existsSync,
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      // No folder, or none of ours to read.
      return [];
    }
  },
};

/**
 * Finds a folder with a copy of a provider, in the layout of a filesystem mirror
 * (https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation). `CRYPTODM_TERRAFORM_MIRROR` comes first;
 * a CLI configuration of the user's own is left alone; then folders in which mirrors usually lie.
 * @param provider namespace and type, such as `hashicorp/aws`
 */
export function findMirror(
  env: Record<string, string | undefined>,
  provider = 'hashicorp/aws',
  folders: Folders = thisMachine,
): TerraformMirror {
  // The first folder of a mirror is the host of a registry, whichever that is.
  const holds = (folder: string) =>
    folders.list(folder).some((host) => folders.exists(join(folder, host, ...provider.split('/'))));
  const chosen = env['CRYPTODM_TERRAFORM_MIRROR'];
  const configuration = env['TF_CLI_CONFIG_FILE'];
  const configured = configuration !== undefined && folders.exists(configuration);
  // Terraform only warns about a configuration that is not there, but on each call.
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
