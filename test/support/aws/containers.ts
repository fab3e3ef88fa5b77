import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';

/** What a container gets of this machine. */
export interface ContainerOptions {
  name: string;
  command: string[];
  environment?: Record<string, string>;
  /** files of this machine by their paths in the container, which only reads them */
  files?: Record<string, string>;
}

/** A program in a container; it never throws. */
type ContainerRun = ResultPromise<{ stdin: 'ignore'; reject: false }>;

/** Why no container can run here; undefined where one can. */
export function containersUnavailable(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'containers need Linux and root here';
  for (const command of ['podman', 'runc']) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
    } catch {
      return `${command} is not installed ("apt-get install podman runc")`;
    }
  }
  return undefined;
}

/** Containers of podman in a store of their own, with the limits and the read-only root that a task of Fargate has. */
export class Containers {
  private readonly folder = mkdtempSync(join(tmpdir(), 'cryptodm-containers-'));
  private readonly names = new Set<string>();

  /** Reads an archive in the format of `docker save`. @returns name of the image */
  async load(archive: string): Promise<string> {
    const stdout = await this.ask(['load', '--input', archive]);
    const name = /Loaded image: (\S+)/.exec(stdout)?.[1];
    if (name === undefined) throw new Error(`podman has loaded no image: ${stdout}`);
    return name;
  }

  /**
   * Pulls an image from a registry without TLS on this machine.
   * @param token user name and password in Base64
   */
  async pull(host: string, name: string, token: string): Promise<string> {
    const authentication = join(this.folder, 'auth.json');
    writeFileSync(authentication, JSON.stringify({ auths: { [host]: { auth: token } } }), { mode: 0o600 });
    const image = `${host}/${name}`;
    await this.ask(['pull', '--quiet', '--tls-verify=false', '--authfile', authentication, image]);
    return image;
  }

  /** Removes an image from the store. */
  async forget(image: string): Promise<void> {
    await this.ask(['rmi', '--force', image]);
  }

  /** Runs an image until its program ends. */
  run(image: string, { name, command, environment = {}, files = {} }: ContainerOptions): ContainerRun {
    this.names.add(name);
    return this.podman([
      ...['run', '--rm', '--name', name, '--network=host', '--memory=512m', '--cpus=0.5'],
      // As a user without CAP_SYS_RESOURCE: limits at or above the hard ones can't be set.
      ...['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=1000:1000'],
      ...['--read-only', '--read-only-tmpfs=false', '--cap-drop=all', '--security-opt=no-new-privileges'],
      ...Object.entries(files).flatMap(([inside, path]) => ['--volume', `${path}:${inside}:ro`]),
      ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      image,
      ...command,
    ]);
  }

  /** Sends TERM to the program of a container, and KILL after 30 s, as ECS does. */
  async stop(name: string): Promise<void> {
    await this.ask(['stop', '--time', '30', name]);
  }

  /** Names of the containers that there are. */
  async list(): Promise<string[]> {
    const stdout = await this.ask(['ps', '--all', '--format', '{{.Names}}']);
    return stdout === '' ? [] : stdout.split('\n');
  }

  /** Ends what runs, and removes all images. */
  async close(): Promise<void> {
    for (const name of this.names) await this.podman(['rm', '--force', '--ignore', '--time', '0', name]);
    await this.podman(['rmi', '--all', '--force']);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What podman prints. @throws Error when it fails */
  private async ask(args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.podman(args);
    if (exitCode !== 0) throw new Error(`podman ${args[0] ?? ''}: ${stderr}`);
    return stdout;
  }

  private podman(args: string[]): ContainerRun {
    const stores = ['--root', join(this.folder, 'store'), '--runroot', join(this.folder, 'run')];
    const flags = ['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--runtime=runc', '--log-level=error'];
    return execa('podman', [...stores, ...flags, ...args], { stdin: 'ignore', reject: false });
  }
}
