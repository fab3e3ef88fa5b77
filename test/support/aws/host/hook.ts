import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { prepareHost, renderSshConfig } from '../host.ts';
import { bootMachine, haltMachine, type HostOptions, type Machine } from './machine.ts';

// Called by the emulated account when an instance is run or terminated: `hook.ts start|stop`, a JSON object on stdin and one on stdout.
// The folder CRYPTODM_TEST_HOSTS has `host.json` (HostOptions without the key; may be absent), the running hosts, and `ssh_config` for
// `ANSIBLE_SSH_ARGS="-F <path> -o ControlMaster=auto -o ControlPersist=60s"`, which maps the names that this hook returns to their ports.

interface Asked {
  instanceId: string;
  /** in OpenSSH's form; absent when the instance has no key pair */
  publicKey?: string;
}

const folder = process.env['CRYPTODM_TEST_HOSTS'] ?? '';
if (folder === '') throw new Error('CRYPTODM_TEST_HOSTS names no folder');
mkdirSync(folder, { recursive: true });
const asked = JSON.parse(await text(process.stdin)) as Asked;
const state = join(folder, `${asked.instanceId}.instance`);

switch (process.argv[2] ?? '') {
  case 'start': {
    const settings = join(folder, 'host.json');
    const given = existsSync(settings)
      ? (JSON.parse(readFileSync(settings, 'utf8')) as Omit<HostOptions, 'publicKey'>)
      : { environment: {} };
    const root = await prepareHost();
    const options = { ...given, publicKey: asked.publicKey ?? '' };
    const machine = await bootMachine(root, join(folder, asked.instanceId), options);
    writeFileSync(state, JSON.stringify(machine));
    mapNames();
    process.stdout.write(`${JSON.stringify({ publicDns: nameOf(asked.instanceId), publicIp: '127.0.0.1' })}\n`);
    break;
  }
  case 'stop':
    if (existsSync(state)) {
      await haltMachine(JSON.parse(readFileSync(state, 'utf8')) as Machine);
      rmSync(state);
      mapNames();
    }
    process.stdout.write('{}\n');
    break;
  default:
    throw new Error('hook.ts start|stop');
}

function nameOf(instanceId: string): string {
  return `${instanceId}.compute.test`;
}

/** All hosts have the same address, so it leads to the newest host. */
function mapNames(): void {
  const running = readdirSync(folder)
    .filter((name) => name.endsWith('.instance'))
    .map((name) => ({
      id: name.replace(/\.instance$/, ''),
      machine: JSON.parse(readFileSync(join(folder, name), 'utf8')) as Machine,
    }))
    .sort((a, b) => (a.id === asked.instanceId ? -1 : b.id === asked.instanceId ? 1 : 0));
  const hosts = running.map(({ id, machine }) => ({ names: [nameOf(id), '127.0.0.1'], port: machine.port }));
  writeFileSync(join(folder, 'ssh_config'), renderSshConfig(hosts));
}
