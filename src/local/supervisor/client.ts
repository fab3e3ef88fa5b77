import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { Daemon } from '../parts/daemon.ts';
import { endGroup, isAlive, type ProcessIdentity } from '../../tools/process-identity.ts';
import { findOwnProcesses, markName, markOf, supervisorMark, type OwnProcess } from './marks.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import {
  findStrays,
  readParts,
  readRunning,
  readSupervisor,
  runFolder,
  withLog,
  writeParts,
  type Part,
} from './parts.ts';
import { writeRequest, type Gives, type Refusal, type Route, type SupervisorState, type Takes } from './protocol.ts';

/** Milliseconds that a process gets to end in order of which nothing else is known. */
const strayGraceMs = 20_000;

/** Megabytes of each half of its young generation: it reads the metadata of all tables again and again, and node lets 16 MB fill with that. */
const youngArg = '--max-semi-space-size=4';

/** The supervisor of a lake, as other processes see it. */
export class SupervisorClient {
  private readonly run;

  constructor(private readonly data: string) {
    this.run = runFolder(data, tmpdir());
  }

  get log(): string {
    return join(this.data, 'logs', 'supervisor.log');
  }

  /** The supervisor's state; undefined when it does not run or does not answer. */
  async state(): Promise<SupervisorState | undefined> {
    return this.ask('GET /state', {});
  }

  /** The answer of a route that only reads; undefined when no supervisor answers. */
  async ask<R extends Extract<Route, `GET ${string}`>>(route: R, takes: Takes<R>): Promise<Gives<R> | undefined> {
    if (!this.lives()) return undefined;
    try {
      return await this.call(route, takes);
    } catch {
      return undefined;
    }
  }

  /** Whether the supervisor runs, even if it is too busy to answer. */
  lives(): boolean {
    return this.pid() !== undefined;
  }

  /** Process id of the supervisor, even if it does not answer; undefined when it does not run. */
  pid(): number | undefined {
    const known = readSupervisor(this.run.supervisor);
    return known !== undefined && isAlive(known) ? known.pid : undefined;
  }

  /** @throws Fault of kind `part` when no supervisor runs: then nothing starts a part again, and waiting for it is useless */
  requireLife(): void {
    if (this.lives()) return;
    throw new Fault('part', 'the supervisor is gone', { where: this.log, next: 'Run "cryptodm up" again.' });
  }

  /** The parts, from the supervisor or, when it does not run, from its file. */
  async parts(): Promise<Part[]> {
    return (await this.state())?.parts ?? readParts(this.run.parts);
  }

  /** Every process of the lake that runs, also without any file; see `findOwnProcesses`. */
  processes(): OwnProcess[] {
    return findOwnProcesses(this.run.parts);
  }

  /** Ends the processes of parts that no file names. */
  async endStrays(): Promise<void> {
    const strays = findStrays(this.run.parts, await this.parts());
    await Promise.all(strays.map(({ process: stray }) => endGroup(stray, strayGraceMs)));
  }

  private supervisors(): ProcessIdentity[] {
    const known = readSupervisor(this.run.supervisor);
    const found = this.processes().flatMap(({ id, process: its }) => (id === supervisorMark ? [its] : []));
    return known === undefined ? found : [known, ...found];
  }

  /** Starts the supervisor unless it runs. `entry` is the program's own main file. Resolves true when it had to be started. */
  async start(entry: string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<boolean> {
    if ((await this.state()) !== undefined) return false;
    // One that runs but does not answer, or that no file names, would keep the new one from taking over the parts.
    for (const mute of this.supervisors()) await endGroup(mute, 2000);
    // Parts that no file describes can't be taken over, and hold the ports of those that are to be started.
    await this.endStrays();
    rmSync(this.run.supervisor, { force: true });
    const child = withLog(this.log, (log) =>
      spawn(process.execPath, [youngArg, ...entry, 'supervise', '--data', this.data], {
        cwd: this.data,
        detached: true,
        env: { ...env, [markName]: markOf(this.run.parts, supervisorMark) },
        stdio: ['ignore', log, log],
      }),
    );
    child.unref();
    const started = await awaitAnswer(() => this.state(), { withinMs: 10_000, everyMs: 20, signal });
    if (started === undefined) {
      throw new Fault('part', 'the supervisor did not start', {
        where: this.log,
        next: `See the end of ${this.log}.`,
      });
    }
    return true;
  }

  async ensure(daemon: Daemon, secrets: Record<string, string>): Promise<{ part: Part; changed: boolean }> {
    return this.call('PUT /parts/:part', { part: daemon.id, content: { daemon, secrets } });
  }

  /** Stops a part, with or without a supervisor. */
  async remove(id: string): Promise<void> {
    if ((await this.state()) !== undefined) {
      await this.call('DELETE /parts/:part', { part: id });
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

  /** Ends the supervisor; the parts go on. */
  async end(): Promise<void> {
    for (const known of this.supervisors()) {
      if ((await this.state())?.pid === known.pid) await this.call('POST /end', {});
      const gone = await awaitAnswer(() => (isAlive(known) ? undefined : true), { withinMs: 3000, everyMs: 20 });
      if (gone === undefined) await endGroup(known, 2000);
    }
    // A supervisor that was killed could not end the process of its schedule.
    const scheduled = readRunning(this.run.schedules.running);
    if (scheduled !== undefined) await endGroup(scheduled.process, 15_000);
    rmSync(this.run.schedules.running, { force: true });
    rmSync(this.run.supervisor, { force: true });
    rmSync(this.run.socket, { force: true });
  }

  private async call<R extends Route>(route: R, takes: Takes<R>): Promise<Gives<R>> {
    // Loaded late, because most commands have the client and do not call it.
    const { request } = await import('node:http');
    return new Promise((resolve, reject) => {
      const { method, path, body } = writeRequest(route, takes);
      // Reading is quick; stopping a part takes as long as the part does. The shared agent would give up after 5 s.
      const timeout = method === 'GET' ? 2000 : 0;
      const sent = request({ socketPath: this.run.socket, method, path, timeout, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          if (response.statusCode === 200) resolve(answer as Gives<R>);
          else
            reject(
              new Fault('part', `the supervisor refused ${method} ${path}: ${(answer as Refusal).error}`, {
                where: this.log,
              }),
            );
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error('the supervisor does not answer')));
      sent.end(body);
    });
  }
}
