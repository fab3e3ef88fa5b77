import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { collectGarbage } from './garbage.ts';

/** Shuts the file system at a folder down without flushing its journal: EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH of ext4's UAPI. */
const shutdown = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))`;

/** A file system whose power can be cut: what was not synced by then is lost, as on a machine that stops. */
export class CutDisk {
  readonly path: string;
  /** the file that holds it */
  readonly image: string;

  private constructor(private readonly folder: string) {
    this.path = join(folder, 'disk');
    this.image = join(folder, 'image');
  }

  /** @returns the file system, or the reason why it can't be had here */
  static open(gigabytes: number): CutDisk | string {
    const disk = new CutDisk(mkdtempSync(join(tmpdir(), 'cryptodm-power-')));
    try {
      writeFileSync(disk.image, '');
      // Sparse: it takes what is written.
      truncateSync(disk.image, gigabytes * 1e9);
      execFileSync('mkfs.ext4', ['-q', '-F', disk.image], { stdio: 'pipe' });
      execFileSync('mkdir', [disk.path]);
      execFileSync('python3', ['-c', 'import fcntl'], { stdio: 'pipe' });
      disk.mount();
      return disk;
    } catch (error) {
      rmSync(disk.folder, { recursive: true });
      const { stderr, message } = error as Error & { stderr?: Buffer };
      return `no file system can be mounted from a file here: ${stderr?.toString().trim() ?? message}`;
    }
  }

  /** The device that it is mounted from, as in "7:0"; see makedev(3). */
  get device(): string {
    const { dev } = statSync(this.path);
    return `${String((dev >> 8) & 0xfff)}:${String((dev & 0xff) | ((dev >> 12) & 0xfff00))}`;
  }

  /**
   * Cuts the power, ends all processes that use the file system, and mounts it again, as the next start of a machine does.
   * @param others more processes of the machine, which end, too
   */
  async cut(others: () => number[] = () => []): Promise<void> {
    execFileSync('python3', ['-c', shutdown, this.path]);
    // A process that ends keeps its mapped files for a while.
    const unmounted = await awaitAnswer(() => (this.endUsers(others()) && this.unmount() ? true : undefined), {
      withinMs: 60_000,
      everyMs: 50,
    });
    if (unmounted === undefined) throw this.inUse();
    this.mount();
  }

  /** Waits for processes that have just ended. */
  async close(): Promise<void> {
    const unmounted = await awaitAnswer(() => (this.unmount() ? true : undefined), { withinMs: 30_000, everyMs: 100 });
    if (unmounted === undefined) throw this.inUse();
    rmSync(this.folder, { recursive: true });
  }

  private mount(): void {
    // Later than the default of 5 s, so that a cut takes more of what nobody has synced.
    execFileSync('mount', ['-o', 'loop,commit=30', this.image, this.path]);
  }

  private unmount(): boolean {
    collectGarbage();
    try {
      execFileSync('umount', [this.path], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  }

  /** Whether none was left. */
  private endUsers(others: readonly number[]): boolean {
    const users = [...new Set([...this.users(), ...others])];
    for (const pid of users) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return users.length === 0;
  }

  /** Other processes with an open file, a working folder or an argument below the path. */
  private users(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(Number)
      .filter((pid) => this.isUser(pid));
  }

  /** An error that names who keeps the file system, this process included. */
  private inUse(): Error {
    const own = this.isUser(process.pid) ? ['this process'] : [];
    return new Error(`${this.path} is still in use by ${[...own, ...this.users()].join(', ')}`);
  }

  private isUser(pid: number): boolean {
    const links = [`/proc/${String(pid)}/cwd`];
    try {
      links.push(...readdirSync(`/proc/${String(pid)}/fd`).map((name) => `/proc/${String(pid)}/fd/${name}`));
      if (readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(this.path)) return true;
    } catch {
      return false;
    }
    return links.some((link) => {
      try {
        return readlinkSync(link).startsWith(this.path);
      } catch {
        return false;
      }
    });
  }
}
