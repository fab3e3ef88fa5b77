import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { Daemon } from '../parts/daemon.ts';
import { endGroup, isAlive } from '../../tools/process-identity.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { readParts, readRunning, readSupervisor, runFolder, withLog, writeParts, type Part } from './parts.ts';
import type { SupervisorState } from './server.ts';

/** The resident process of a lake, as the command line sees it. */
export class SupervisorClient {
  private readonly run;

  constructor(private readonly data: string) {
    this.run = runFolder(data, tmpdir());
  }

  get log(): string {
    return join(this.data, 'logs', 'supervisor.log');
  }

  /** State of the living resident process, undefined when there is none. */
  async state(): Promise<SupervisorState | undefined> {
    return this.ask<SupervisorState>('/state');
  }

  /** What a guest of the resident process answers; undefined when there is none that answers. */
  async ask<T>(path: string): Promise<T | undefined> {
    if (!this.lives()) return undefined;
    try {
      return (await this.call('GET', path)) as T;
    } catch {
      return undefined;
    }
  }

  /** Whether the resident process lives, even if it is too busy to answer. */
  lives(): boolean {
    const known = readSupervisor(this.run.supervisor);
    return known !== undefined && isAlive(known);
  }

  /** @throws Fault of kind `part` when no resident process lives: nobody would start again what is waited for */
  requireLife(): void {
    if (this.lives()) return;
    throw new Fault('part', 'the resident process is gone', { where: this.log, next: 'Run "cryptodm up" again.' });
  }

  /** The parts, from the resident process or, when it is gone, from what it wrote down. */
  async parts(): Promise<Part[]> {
    return (await this.state())?.parts ?? readParts(this.run.parts);
  }

  /** Starts the resident process unless it lives. `entry` is the program's own main file. Resolves true when it had to be started. */
  async start(entry: string[], signal: AbortSignal): Promise<boolean> {
    if ((await this.state()) !== undefined) return false;
    // One that lives but does not answer would hold the parts against the new one.
    const mute = readSupervisor(this.run.supervisor);
    if (mute !== undefined) await endGroup(mute, 2000);
    rmSync(this.run.supervisor, { force: true });
    const child = withLog(this.log, (log) =>
      spawn(process.execPath, [...entry, 'supervise', '--data', this.data], {
        cwd: this.data,
        detached: true,
        stdio: ['ignore', log, log],
      }),
    );
    child.unref();
    const standing = await awaitAnswer(() => this.state(), { withinMs: 10_000, everyMs: 20, signal });
    if (standing === undefined) {
      throw new Fault('part', 'the resident process did not start', {
        where: this.log,
        next: `See the end of ${this.log}.`,
      });
    }
    return true;
  }

  async ensure(daemon: Daemon, secrets: Record<string, string>): Promise<{ part: Part; changed: boolean }> {
    return (await this.call('PUT', `/parts/${daemon.id}`, { daemon, secrets })) as { part: Part; changed: boolean };
  }

  /** Stops a part, with or without a resident process. */
  async remove(id: string): Promise<void> {
    if ((await this.state()) !== undefined) {
      await this.call('DELETE', `/parts/${id}`);
      return;
    }
    const parts = readParts(this.run.parts);
    const part = parts.find((candidate) => candidate.daemon.id === id);
    if (part?.process !== undefined) await endGroup(part.process, part.daemon.graceMs);
    writeParts(
      this.run.parts,
      parts.filter((candidate) => candidate !== part),
    );
  }

  /** Ends the resident process; the parts go on. */
  async end(): Promise<void> {
    const known = readSupervisor(this.run.supervisor);
    if (known !== undefined) {
      if ((await this.state()) !== undefined) await this.call('POST', '/end');
      const gone = await awaitAnswer(() => (isAlive(known) ? undefined : true), { withinMs: 3000, everyMs: 20 });
      if (gone === undefined) await endGroup(known, 2000);
    }
    // One that was killed could not end what it had begun by a schedule.
    const scheduled = readRunning(this.run.schedules.running);
    if (scheduled !== undefined) await endGroup(scheduled.process, 15_000);
    rmSync(this.run.schedules.running, { force: true });
    rmSync(this.run.supervisor, { force: true });
    rmSync(this.run.socket, { force: true });
  }

  private async call(method: string, path: string, content?: unknown): Promise<unknown> {
    // Loaded late, because most commands have the client and do not call it.
    const { request } = await import('node:http');
    return new Promise((resolve, reject) => {
      // Looking is quick; stopping a part takes as long as the part does. The shared agent would give up after 5 s.
      const timeout = method === 'GET' ? 2000 : 0;
      const sent = request({ socketPath: this.run.socket, method, path, timeout, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { error?: string };
          if (response.statusCode === 200) resolve(answer);
          else
            reject(new Fault('part', `the resident process refused: ${answer.error ?? String(response.statusCode)}`));
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error('the resident process does not answer')));
      sent.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }
}
