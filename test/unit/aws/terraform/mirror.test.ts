import assert from 'node:assert/strict';
import { findMirror, type Folders } from '../../../../src/aws/terraform/mirror.ts';

/** A file system with only these paths and their parent folders. */
function foldersWith(...paths: string[]): Folders {
  return {
    home: '/home/ana',
    exists: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
    list: (path) =>
      paths.flatMap((one) => (one.startsWith(`${path}/`) ? [one.slice(path.length + 1).split('/')[0] ?? ''] : [])),
  };
}

const held = 'registry.example/hashicorp/aws/5.100.0';

describe('findMirror', () => {
  it('finds a copy of the provider where they usually lie', () => {
    for (const folder of ['/opt/providers', '/home/ana/.terraform.d/plugins', '/usr/local/share/terraform/plugins']) {
      assert.deepEqual(findMirror({}, 'hashicorp/aws', foldersWith('/opt/other/x', `${folder}/${held}`)), {
        env: {},
        pluginDir: folder,
      });
    }
  });

  it('takes the one that is named before any other', () => {
    const folders = foldersWith(`/opt/providers/${held}`, `/mine/${held}`);
    assert.equal(findMirror({ CRYPTODM_TERRAFORM_MIRROR: '/mine' }, 'hashicorp/aws', folders).pluginDir, '/mine');
  });

  it('lets a provider that it does not hold be fetched', () => {
    assert.deepEqual(findMirror({}, 'elastic/ec', foldersWith(`/opt/providers/${held}`)), { env: {} });
    const named = { CRYPTODM_TERRAFORM_MIRROR: '/mine' };
    assert.deepEqual(findMirror(named, 'elastic/ec', foldersWith(`/mine/${held}`)), { env: {} });
  });

  it('leaves the user’s own configuration alone, and ignores one that does not exist', () => {
    const env = { TF_CLI_CONFIG_FILE: '/home/ana/tf.rc' };
    const mirror = `/opt/providers/${held}`;
    assert.deepEqual(findMirror(env, 'hashicorp/aws', foldersWith('/home/ana/tf.rc', mirror)), { env: {} });
    assert.deepEqual(findMirror(env, 'hashicorp/aws', foldersWith(mirror)), {
      env: { TF_CLI_CONFIG_FILE: undefined },
      pluginDir: '/opt/providers',
    });
  });
});
