import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from '../../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';

type Controller = 'memory' | 'blkio' | 'io';

/** Where a controller of version 1 is mounted, or version 2 with it; see cgroups(7) and proc_pid_mountinfo(5). */
function findController(version: 1 | 2, controller: Controller): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mounted = '', system = ''] = line.split(' - ');
    const [type, , options = ''] = system.split(' ');
    const at = mounted.split(' ')[4];
    if (at === undefined) continue;
    if (version === 1 && type === 'cgroup' && options.split(',').includes(controller)) return at;
    if (version === 2 && type === 'cgroup2' && holds(join(at, 'cgroup.controllers'), controller)) return at;
  }
  return undefined;
}

function holds(file: string, word: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').trim().split(' ').includes(word);
}

let groups = 0;

/** Makes a group below the root of a hierarchy. @returns its folder */
function makeGroup(root: string, version: 1 | 2, controller: Controller): string {
  if (version === 2) writeFileSync(join(root, 'cgroup.subtree_control'), `+${controller}`);
  const folder = join(root, `cryptodm-faults-${String(process.pid)}-${String((groups += 1))}`);
  mkdirSync(folder);
  return folder;
}

/** Lets the kernel kill processes for want of memory. */
export class MemoryLimit {
  private constructor(
    private readonly root: string,
    private readonly version: 1 | 2,
  ) {}

  /** @returns why it can't be had here */
  static open(): MemoryLimit | string {
    const version = findController(1, 'memory') === undefined ? 2 : 1;
    const root = findController(version, 'memory');
    if (root === undefined) return 'there is no control group of memory';
    try {
      rmdirSync(makeGroup(root, version, 'memory'));
      return new MemoryLimit(root, version);
    } catch (error) {
      return `no control group can be made: ${(error as Error).message}`;
    }
  }

  /**
   * Puts a process into a group that gets no more memory than a few pages, so that its next pages are its end.
   * @returns whether the kernel has killed it within the time
   */
  async starve(victim: ProcessIdentity, withinMs: number): Promise<boolean> {
    const group = makeGroup(this.root, this.version, 'memory');
    try {
      const limit = this.version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
      writeFileSync(join(group, limit), String(256 * 1024));
      const before = readGroupOf(victim.pid, this.version);
      writeFileSync(join(group, 'cgroup.procs'), String(victim.pid));
      const killed = await awaitAnswer(() => (isAlive(victim) ? undefined : true), { withinMs, everyMs: 20 });
      if (killed !== true) writeFileSync(join(this.root, before, 'cgroup.procs'), String(victim.pid));
      return this.kills(group) > 0;
    } catch (error) {
      // It ended by itself before it could be moved.
      if (!isAlive(victim)) return false;
      throw error;
    } finally {
      await removeGroup(group);
    }
  }

  /** Kills in a group, of "oom_kill" in memory.oom_control (version 1) or memory.events (version 2). */
  private kills(group: string): number {
    const file = this.version === 1 ? 'memory.oom_control' : 'memory.events';
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, file), 'utf8'))?.[1] ?? 0);
  }
}

/** Path of a process's group below the root of its hierarchy. */
function readGroupOf(pid: number, version: 1 | 2): string {
  const lines = readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8').split('\n');
  const own = lines.find((line) => (version === 1 ? /^\d+:([^:]*,)?memory[,:]/.test(line) : line.startsWith('0::')));
  return own?.split(':').slice(2).join(':') ?? '/';
}

/** Processes leave a group some time after they have ended. */
async function removeGroup(group: string): Promise<void> {
  const gone = await awaitAnswer(
    () => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return undefined;
      }
    },
    { withinMs: 10_000, everyMs: 50 },
  );
  if (gone !== true) rmdirSync(group);
}

/** Slows a block device down. */
export class DiskLimit {
  private group: string | undefined;

  private constructor(
    private readonly root: string,
    private readonly version: 1 | 2,
  ) {}

  /** @returns why it can't be had here */
  static open(): DiskLimit | string {
    const old = findController(1, 'blkio');
    // Only some kernels let the group of all processes be limited.
    if (old !== undefined && existsSync(join(old, 'blkio.throttle.write_bps_device'))) return new DiskLimit(old, 1);
    const root = findController(2, 'io');
    if (root === undefined) return 'there is no control group of block devices';
    const limit = new DiskLimit(root, 2);
    try {
      // Every process that this one starts is in its group.
      limit.group = makeGroup(root, 2, 'io');
      writeFileSync(join(limit.group, 'cgroup.procs'), String(process.pid));
      return limit;
    } catch (error) {
      return `no control group can be made: ${(error as Error).message}`;
    }
  }

  /** @param device as in "7:0" @returns a function that ends it */
  slow(device: string, bytesPerSecond: number, writesPerSecond: number): () => void {
    this.write(device, String(bytesPerSecond), String(writesPerSecond));
    return () => this.write(device, undefined, undefined);
  }

  close(): void {
    if (this.group === undefined) return;
    writeFileSync(join(this.root, 'cgroup.procs'), String(process.pid));
    rmdirSync(this.group);
  }

  private write(device: string, bytes: string | undefined, writes: string | undefined): void {
    if (this.version === 2) {
      const text = `${device} wbps=${bytes ?? 'max'} wiops=${writes ?? 'max'}`;
      writeFileSync(join(this.group ?? '', 'io.max'), text);
    } else {
      writeFileSync(join(this.root, 'blkio.throttle.write_bps_device'), `${device} ${bytes ?? '0'}`);
      writeFileSync(join(this.root, 'blkio.throttle.write_iops_device'), `${device} ${writes ?? '0'}`);
    }
  }
}
