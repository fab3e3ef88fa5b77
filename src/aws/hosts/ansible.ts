import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../errors.ts';
import { sessionScript, type HostSession } from './session.ts';

/** Events of the playbook's own callback, one JSON object a line (`ansible/callback_plugins/json_lines.py`). */
export type PlaybookEvent =
  | { event: 'play'; play: string }
  | { event: 'task'; role?: string; task: string }
  | {
      event: 'result';
      role?: string;
      task: string;
      host: string;
      state: 'ok' | 'changed' | 'skipped' | 'retrying' | 'ignored' | 'failed' | 'unreachable';
      seconds: number;
      /** of a task that did not succeed */
      message?: string;
    }
  | { event: 'stats'; hosts: Record<string, HostStats> };

export interface HostStats {
  ok: number;
  changed: number;
  failed: number;
  unreachable: number;
  skipped: number;
}

export interface PlaybookRun {
  /** virtual environment that holds Ansible (`src/aws/setup/ansible.ts`) */
  venv: string;
  /** path of the playbook; `ansible.cfg`, roles and callbacks are beside it */
  playbook: string;
  /** folder of the lake in the account; ssh and Ansible read signs of its name, such as `%`, quotes and `$`, as something else, so they get a link to it */
  folder?: string;
  inventory: string;
  /** private key, mode 600 */
  key: string;
  /** the host is reached through Session Manager; absent: by its port 22 */
  session?: HostSession;
  /** keeps the host's key from the first connection on */
  knownHosts: string;
  /** Ansible appends its output to it */
  log: string;
  /** only these roles */
  tags?: string[];
  /** dry run: changes nothing */
  check?: boolean;
  /** seconds that SSH may take to answer; 300 when absent */
  sshTimeout?: number;
  /** more variables, which win over those of the inventory; paths in the lake's folder are led through the link; never a secret */
  variables?: Record<string, unknown>;
  /** added to this process's environment, such as AWS_PROFILE; undefined removes a variable */
  env?: Record<string, string | undefined>;
  signal: AbortSignal;
  onEvent: (event: PlaybookEvent) => void;
}

/**
 * Runs a playbook to its end.
 * @returns how many tasks changed something (with `check`: would change), over all hosts
 * @throws Fault of kind `outside` when the host can't be reached, `part` when a task fails, `interrupted`
 */
export async function runPlaybook(given: PlaybookRun): Promise<{ changed: number }> {
  const folder = dirname(given.playbook);
  mkdirSync(dirname(given.log), { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'cryptodm-ansible-'));
  try {
    const run = linked(given, join(work, 'lake'));
    const python = join(run.venv, 'bin/python');
    const child = execa(python, [join(run.venv, 'bin/ansible-playbook'), ...args(run)], {
      cwd: folder,
      env: environment(run, folder, work),
      stdin: 'ignore',
      buffer: { stdout: false },
      maxBuffer: 1_000_000,
      reject: false,
      cancelSignal: run.signal,
      forceKillAfterDelay: 10_000,
    });
    let failure: Failure | undefined;
    let stats: Record<string, HostStats> = {};
    for await (const line of child.iterable({ from: 'stdout' })) {
      const event = readEvent(line);
      if (event === undefined) continue;
      // A rescue block ends with a failure of its own, which explains more.
      if (event.event === 'result' && (event.state === 'failed' || event.state === 'unreachable')) failure = event;
      if (event.event === 'stats') stats = event.hosts;
      run.onEvent(event);
    }
    const ended = await child;
    if (run.signal.aborted) throw new Fault('interrupted', 'stopped', { cause: run.signal.reason });
    if (ended.failed) throw explain(given, failure, ended.stderr, ended);
    return { changed: Object.values(stats).reduce((sum, host) => sum + host.changed, 0) };
  } finally {
    await hangUp(join(work, 'ssh'));
    rmSync(work, { recursive: true, force: true });
  }
}

/** The same run with paths of plain signs for what lies in the lake's folder. */
function linked(run: PlaybookRun, link: string): PlaybookRun {
  const { folder, inventory, key, knownHosts, log, variables = {} } = run;
  if (folder === undefined) return run;
  symlinkSync(folder, link);
  const plain = <T>(value: T): T | string =>
    typeof value === 'string' && value.startsWith(`${folder}/`) ? join(link, value.slice(folder.length)) : value;
  return {
    ...run,
    inventory: plain(inventory),
    key: plain(key),
    knownHosts: plain(knownHosts),
    log: plain(log),
    variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, plain(value)])),
  };
}

type Failure = Extract<PlaybookEvent, { event: 'result' }>;

function args(run: PlaybookRun): string[] {
  const variables = { ...run.variables, ...(run.sshTimeout === undefined ? {} : { lake_ssh_timeout: run.sshTimeout }) };
  return [
    ...['--inventory', run.inventory],
    ...(run.check === true ? ['--check'] : []),
    ...(run.tags === undefined ? [] : ['--tags', run.tags.join(',')]),
    ...(Object.keys(variables).length === 0 ? [] : ['--extra-vars', JSON.stringify(variables)]),
    run.playbook,
  ];
}

/** https://docs.ansible.com/ansible/latest/reference_appendices/config.html; ANSIBLE_SSH_ARGS stays as the environment gives it. */
function environment(run: PlaybookRun, folder: string, work: string): Record<string, string | undefined> {
  return {
    ...run.env,
    ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
    ANSIBLE_STDOUT_CALLBACK: 'json_lines',
    ANSIBLE_FORCE_COLOR: undefined,
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_LOG_PATH: run.log,
    ANSIBLE_LOCAL_TEMP: join(work, 'local'),
    // The path of a socket must be short, so the home folder of the user is no option.
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(work, 'ssh'),
    // The key is here because Ansible would follow the link in its own option.
    ANSIBLE_SSH_COMMON_ARGS: `${throughSession(run, work)}-o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=${run.knownHosts}" -o "IdentityFile=${run.key}" -o IdentitiesOnly=yes`,
    PYTHONUNBUFFERED: '1',
    LC_ALL: 'C.UTF-8',
  };
}

/** Option of ssh for a host that is reached through Session Manager. */
function throughSession({ session, venv }: PlaybookRun, work: string): string {
  if (session === undefined) return '';
  const script = join(work, 'session');
  writeFileSync(script, sessionScript(venv, session), { mode: 0o700 });
  return `-o "ProxyCommand=${script}" `;
}

function readEvent(line: string): PlaybookEvent | undefined {
  if (!line.startsWith('{"event":')) return undefined;
  return JSON.parse(line) as PlaybookEvent;
}

function explain(run: PlaybookRun, failure: Failure | undefined, stderr: string, cause: unknown): Fault {
  const next = `Read ${run.log}, then run the same command: it goes on where it stopped.`;
  if (failure === undefined) {
    const said = /^\[?ERROR\]?:? *(.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? '';
    return new Fault('internal', `the playbook did not start: ${said}`, { where: run.log, next, cause });
  }
  const { host, task, role, message = '' } = failure;
  const where = `${role === undefined ? '' : `${role}: `}${task} (${host})`;
  const facts = { host, task, role, log: run.log };
  if (failure.state === 'unreachable' || /Failed to connect to the host via ssh|timed out waiting for/.test(message)) {
    return new Fault('outside', `the producer host can’t be reached by SSH: ${unreachable(message)}`, {
      where,
      next: sshNext(run, message),
      facts,
      cause,
    });
  }
  return new Fault('part', `the playbook failed: ${message}`, { where, next, facts, cause });
}

/** The message of ssh itself, without Ansible's frame and the notices of the host. */
function unreachable(message: string): string {
  const said = message
    .split('\n')
    .flatMap((line) => /([^:\s]+@\S+: .*|ssh: .*|Host key verification failed.*|kex_exchange.*)/.exec(line)?.[1] ?? []);
  return said.at(-1)?.replace(/[.\s]+$/, '') ?? message.split('\n')[0] ?? '';
}

function sshNext(run: PlaybookRun, message: string): string {
  const again = 'then run the same command: it goes on where it stopped.';
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(message)) {
    return `The host has another key than before. If the host is new, remove ${run.knownHosts}, ${again}`;
  }
  if (/Permission denied/.test(message)) return `Check that ${run.key} is this lake’s key, ${again}`;
  if (run.session !== undefined) {
    return `Check that the host runs, that Systems Manager lists it ("aws ssm describe-instance-information"), and that you may use ssm:StartSession on it, ${again}`;
  }
  return `Check that the host runs and that port 22 is open to your current address, ${again}`;
}

/** Closes the connections that ssh keeps open for the next task; other runs have a folder of their own. */
async function hangUp(sockets: string): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(sockets);
  } catch {
    return;
  }
  for (const name of names) {
    await execa('ssh', ['-o', `ControlPath=${join(sockets, name)}`, '-O', 'exit', 'host'], { reject: false });
  }
}
