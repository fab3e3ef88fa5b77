import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markName } from '../../../src/local/supervisor/marks.ts';
import type { Clock } from '../schedule.ts';
import { tryOut } from './namespaces.ts';

/** Processes with a control of their own, named as their marks are, and the last byte of the address of each; every other one is the machine's. */
const parts: Record<Clock, number> = {
  machine: 0,
  kafka: 0,
  elasticsearch: 0,
  supervisor: 0,
  'producer-quotes': 11,
  'producer-trades': 12,
  spark: 13,
};

/**
 * A library that every process started from now on loads, as `/etc/ld.so.preload` of this mount namespace says: it shifts the clock, and gives
 * clients an address by which a link differs from others. The clock of this very process stays right.
 */
export class Clocks {
  private constructor(
    private readonly folder: string,
    private readonly controls: Map<Clock, number>,
  ) {}

  /** @returns why it can't be had here */
  static open(): Clocks | string {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-clocks-'));
    const controls = new Map<Clock, number>();
    const clocks = new Clocks(folder, controls);
    const failed = clocks.make();
    if (failed === undefined) return clocks;
    clocks.close();
    return failed;
  }

  /** Address from which a part reaches servers. */
  addressOf(part: Clock): string {
    return `127.0.1.${String(parts[part])}`;
  }

  /** Sets a clock ahead by so many milliseconds, or back; that of the machine is everybody's. @returns a function that sets it right */
  set(clock: Clock, byMs: number): () => void {
    const names = clock === 'machine' ? [...this.controls.keys()] : [clock];
    const write = (ms: number) => {
      for (const name of names) this.write(name, ms);
    };
    write(byMs);
    return () => write(0);
  }

  close(): void {
    for (const name of this.controls.keys()) this.write(name, 0);
    for (const file of this.controls.values()) closeSync(file);
    this.controls.clear();
    tryOut(['umount', '/etc']);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private make(): string | undefined {
    const library = join(this.folder, 'preload.so');
    const source = join(import.meta.dirname, 'preload.c');
    const text = (value: string) => JSON.stringify(value);
    const made = tryOut([
      ...['cc', '-shared', '-fPIC', '-O2', `-DFOLDER=${text(this.folder)}`, `-DMARK=${text(markName)}`],
      ...['-o', library, source, '-ldl'],
    ]);
    if (made !== undefined) return made;
    for (const [name, address] of Object.entries(parts) as [Clock, number][]) {
      const file = join(this.folder, name);
      const control = Buffer.alloc(16);
      control.writeUInt32LE(address, 8);
      writeFileSync(file, control);
      this.controls.set(name, openSync(file, 'r+'));
    }
    // A file can be mounted only where there is one already, so the folder is.
    const etc = join(this.folder, 'etc');
    mkdirSync(etc);
    cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(etc, 'ld.so.preload'), `${library}\n`);
    return tryOut(['mount', '--bind', etc, '/etc']);
  }

  private write(name: Clock, ms: number): void {
    const text = Buffer.alloc(8);
    text.writeBigInt64LE(BigInt(ms));
    const file = this.controls.get(name);
    if (file !== undefined) writeSync(file, text, 0, 8, 0);
  }
}
