import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { findAnsiblePython } from '../../src/aws/setup/ansible.ts';
import { cacheFolder } from '../../src/toolchain/cache.ts';
import { thisMachine } from '../../src/toolchain/machine.ts';
import { installVenv } from '../../src/aws/setup/venv.ts';

// The playbook against ansible-lint's strictest profile, at the versions of ansible/requirements-lint.txt.
const machine = thisMachine(process.env);
const sources = {
  name: 'ansible-lint',
  requirements: 'ansible/requirements-lint.txt',
  cache: join(cacheFolder(machine), 'test'),
};
const venv = await installVenv(sources, () => findAnsiblePython(machine), machine);
const bin = join(venv, 'bin');
const child = spawn(join(bin, 'ansible-lint'), ['--offline', '--profile', 'production', '--strict'], {
  cwd: 'ansible',
  stdio: 'inherit',
  // ansible-lint looks for Ansible's commands there.
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
