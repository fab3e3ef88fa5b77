import { readdirSync, readlinkSync } from 'node:fs';
import { CutDisk } from '../../support/cut-disk.ts';
import type { Flow } from './links.ts';
import { Links } from './links.ts';
import { Clocks } from './clocks.ts';
import { DiskLimit, MemoryLimit } from './control-groups.ts';
import { openNamespaces } from './namespaces.ts';
import type { Link, StrikeKind } from '../schedule.ts';

/** Gigabytes of a disk, which takes only what is written to it. */
const diskSize = 8;

/** The means of a run against the machine below its lake. */
export class Machine {
  /** kinds that can't be had here, and why */
  readonly missing = new Map<StrikeKind, string>();
  links: Links | undefined;
  clocks: Clocks | undefined;
  memory: MemoryLimit | undefined;
  diskLimit: DiskLimit | undefined;
  /** the lake's, until `closeDisk` */
  disk: CutDisk | undefined;
  private isNamespace = false;
  /** processes of the test itself */
  private own = new Set<number>();

  private constructor() {}

  /** Opens what this machine has. Processes that were started before keep their clocks. */
  static open(): Machine {
    const machine = new Machine();
    const outside = openNamespaces();
    const have = <T>(kinds: StrikeKind[], open: () => T | string): T | undefined => {
      const opened = outside ?? open();
      if (typeof opened !== 'string') return opened;
      for (const kind of kinds) machine.missing.set(kind, opened);
      return undefined;
    };
    machine.isNamespace = outside === undefined;
    machine.links = have(['partition', 'delay'], () => Links.open());
    machine.memory = have(['oom'], () => MemoryLimit.open());
    machine.diskLimit = have(['slow-disk'], () => DiskLimit.open());
    machine.clocks = have(['clock'], () => Clocks.open());
    machine.own = new Set(machine.processes());
    return machine;
  }

  /** A disk for another lake. @returns its folder, undefined where none can be had */
  openDisk(): string | undefined {
    const opened = this.isNamespace ? CutDisk.open(diskSize) : 'it would be mounted for everybody';
    if (typeof opened !== 'string') this.disk = opened;
    else for (const kind of ['cut', 'slow-disk'] as const) if (!this.missing.has(kind)) this.missing.set(kind, opened);
    return this.disk?.path;
  }

  /** @returns the file of the disk, which outlives this process; undefined where there is none */
  leaveDisk(): string | undefined {
    const image = this.disk?.image;
    this.disk = undefined;
    return image;
  }

  async closeDisk(): Promise<void> {
    const { disk } = this;
    this.disk = undefined;
    await disk?.close();
  }

  /** The traffic of a link, of its client where that has an address of its own. */
  flowOf({ client, server }: Link, ports: Record<Link['server'], number>): Flow {
    return { port: ports[server], client: client === undefined ? undefined : this.clocks?.addressOf(client) };
  }

  /** Every process that is not the test's own but in its network, which are all those of the lake and its commands. */
  processes(): number[] {
    if (!this.isNamespace) return [];
    const network = (pid: string) => readlinkSync(`/proc/${pid}/ns/net`);
    const own = network('self');
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && !this.own.has(Number(name)))
      .filter((pid) => {
        try {
          return network(pid) === own;
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** Ends every fault that is still at work. */
  calm(): void {
    this.links?.close();
    this.clocks?.set('machine', 0);
  }

  /** Ends every process but the test's own. */
  endProcesses(): void {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  async close(): Promise<void> {
    this.endProcesses();
    await this.closeDisk();
    this.links?.close();
    this.clocks?.close();
    this.diskLimit?.close();
  }
}
