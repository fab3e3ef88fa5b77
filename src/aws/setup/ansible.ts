import { join } from 'node:path';
import type { OnSetupEvent } from '../../toolchain/events.ts';
import type { Machine } from '../../toolchain/machine.ts';
import { findPython, installVenv, readVenv, type Python, type PythonRange } from './venv.ts';

/** Python versions of the ansible-core in `ansible/requirements.txt`: https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html */
export const ansiblePythons: PythonRange = { least: [3, 11], most: [3, 13] };

export interface AnsibleSources {
  /** folder of the package: holds `ansible/requirements.txt`; only read */
  packageFolder: string;
  cache: string;
}

/** Where Ansible is installed, and whether it is there. Takes a few milliseconds. */
export function readAnsible(sources: AnsibleSources): { venv: string; ready: boolean } {
  const { folder, ready } = readVenv(venvOf(sources));
  return { venv: folder, ready };
}

/** The Python for Ansible. @throws Fault as `findPython` says */
export async function findAnsiblePython(machine: Machine, signal?: AbortSignal): Promise<Python> {
  return findPython(machine, ansiblePythons, signal);
}

/**
 * Makes sure that Ansible and the AWS command line that its playbook calls are in the cache, at the versions of `requirements.txt`.
 *
 * @returns folder of the virtual environment, for `runPlaybook`
 * @throws Fault of kind `environment` when this machine's Python does not fit, `outside` when PyPI can't be reached
 */
export async function installAnsible(
  sources: AnsibleSources,
  machine: Machine,
  onEvent: OnSetupEvent,
  signal?: AbortSignal,
): Promise<string> {
  const { venv, ready } = readAnsible(sources);
  if (ready) return venv;
  const started = Date.now();
  onEvent({ kind: 'started', what: 'ansible', detail: 'Ansible' });
  await installVenv(venvOf(sources), () => findAnsiblePython(machine, signal), machine, signal);
  onEvent({ kind: 'done', what: 'ansible', detail: 'Ansible', seconds: (Date.now() - started) / 1000 });
  return venv;
}

function venvOf({ packageFolder, cache }: AnsibleSources) {
  return { name: 'ansible', requirements: join(packageFolder, 'ansible/requirements.txt'), cache };
}
