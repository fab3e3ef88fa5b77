import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPlaybook } from '../../../src/aws/hosts/ansible.ts';
import { installAnsible } from '../../../src/aws/setup/ansible.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { temporaryFolder } from '../../support/folders.ts';

/** As folder-names.txt of the issue has them, and a few more. */
const names = ['my lake', 'two  spaces', '50%off', 'a"b', "it's", '$HOME', 'a%hb%%c', '{{ x }}', 'données 🪙'];

describe('the playbook of a lake in a folder with an odd name', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let venv: string;

  before(async () => {
    const { paths } = readSettings({ flags: {}, env: process.env, cwd: '/' });
    const sources = { packageFolder: process.cwd(), cache: paths.cache };
    venv = await installAnsible(sources, thisMachine(process.env), () => undefined, new AbortController().signal);
  });

  for (const name of names) {
    it(`"${name}": Ansible finds inventory and variables, and ssh gets its key and its known hosts`, async () => {
      const data = join(folder.path, name);
      mkdirSync(join(data, 'logs'), { recursive: true });
      const path = (file: string) => join(data, file);
      writeFileSync(path('producers.pem'), '', { mode: 0o600 });
      writeFileSync(path('lake.json'), '{}');
      const inventory = {
        all: {
          vars: { lake_spec: '/nowhere' },
          children: { producers: { hosts: { h: { ansible_host: '127.0.0.1' } } } },
        },
      };
      writeFileSync(path('inventory.yml'), JSON.stringify(inventory));
      const playbook = join(folder.path, 'play.yml');
      writeFileSync(
        playbook,
        JSON.stringify([
          {
            hosts: 'all',
            gather_facts: false,
            tasks: [{ 'ansible.builtin.assert': { that: ['lake_spec is file'] } }, { 'ansible.builtin.raw': 'true' }],
          },
        ]),
      );
      // What ssh itself makes of the arguments that Ansible gives it; then the connection fails.
      const ssh = join(folder.path, 'ssh');
      const told = join(folder.path, 'told');
      writeFileSync(ssh, `#!/bin/sh\n/usr/bin/ssh -G "$@" >> '${told}' 2>&1\nexit 255\n`, { mode: 0o755 });
      const run = runPlaybook({
        ...{ venv, playbook, folder: data, inventory: path('inventory.yml'), key: path('producers.pem') },
        ...{
          knownHosts: path('known_hosts-i-1'),
          log: path('logs/ansible.log'),
          variables: { lake_spec: path('lake.json') },
        },
        env: {
          ANSIBLE_SSH_EXECUTABLE: ssh,
          ANSIBLE_SSH_RETRIES: '0',
          ANSIBLE_CALLBACK_PLUGINS: join(process.cwd(), 'ansible/callback_plugins'),
        },
        signal: new AbortController().signal,
        onEvent: () => undefined,
      });
      await assert.rejects(run, /can’t be reached by SSH/);
      const settings = readFileSync(told, 'utf8');
      const [key] = /^identityfile (.*)$/m.exec(settings)?.slice(1) ?? [];
      const [hosts] = /^userknownhostsfile (.*)$/m.exec(settings)?.slice(1) ?? [];
      assert.match(key ?? '', /^\/[\w/.-]+\/lake\/producers\.pem$/, settings);
      assert.match(hosts ?? '', /^\/[\w/.-]+\/lake\/known_hosts-i-1$/, settings);
      assert.deepEqual(readdirSync(join(data, 'logs')), ['ansible.log']);
      assert.deepEqual(readdirSync(folder.path).sort(), [name, 'play.yml', 'ssh', 'told'].sort());
    });
  }
});
