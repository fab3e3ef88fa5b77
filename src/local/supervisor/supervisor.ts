import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Daemon } from '../parts/daemon.ts';
import { waitAfter } from '../../tools/backoff.ts';
import { endGroup, identify, isAlive } from '../../tools/process-identity.ts';
import { markName, markOf } from './marks.ts';
import { firstState, nextState, shouldRun, type PartEvent } from './part-state.ts';
import { findStrays, hashDaemon, readParts, withLog, writeParts, type Part } from './parts.ts';

/** When a part that died is started again, and when that is given up. */
export interface RestartPolicy {
  /** first wait in milliseconds; doubles with each death */
  firstWaitMs: number;
  longestWaitMs: number;
  /** deaths in a row after which it is given up */
  most: number;
  /** milliseconds a part must have lived for its deaths to be forgotten */
  healthyAfterMs: number;
}

export const restartPolicy: RestartPolicy = {
  firstWaitMs: 500,
  longestWaitMs: 30_000,
  most: 8,
  healthyAfterMs: 60_000,
};

/** Milliseconds that a stalled process gets to end in order. */
const stalledGraceMs = 2000;

/** Only these reach a part from the supervisor's own environment; all else is named by its description. */
const inherited = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TZ',
  'SSL_CERT_FILE',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
];

/** Keeps the parts of one lake running. It holds no pipe to them: when it dies they go on, and the next one takes them over. */
export class Supervisor {
  private readonly parts = new Map<string, Part>();
  /** values that must reach a part but never the disk */
  private readonly secrets = new Map<string, Record<string, string>>();
  private readonly deaths = new Map<string, number>();
  /** our own child processes, whose exit codes we get */
  private readonly children = new Set<number>();
  private readonly queues = new Map<string, Promise<unknown>>();
  /** why a part is being ended, where its exit code would not say */
  private readonly reasons = new Map<string, string>();
  private stopping = false;
  private unsaved = false;
  /** of the file as it was last read or written here */
  private written: string | undefined;

  /** @param hardship what makes every part die through no fault of its own, such as a full disk: then none is given up */
  constructor(
    private readonly file: string,
    private readonly log: (line: string) => void,
    /** of this process; parts get a few variables of it */
    private readonly env: NodeJS.ProcessEnv,
    private readonly policy: RestartPolicy = restartPolicy,
    private readonly hardship: () => string | undefined = () => undefined,
  ) {
    this.written = stampOf(file);
    for (const part of readParts(file)) this.parts.set(part.daemon.id, part);
  }

  /** Takes over what runs and starts what should run. */
  async adopt(): Promise<void> {
    for (const part of this.parts.values()) {
      if (!shouldRun(part.state)) continue;
      if (part.process !== undefined && isAlive(part.process))
        this.log(`took over ${part.daemon.id}, pid ${String(part.process.pid)}`);
      else await this.start(part);
    }
  }

  list(): Part[] {
    return [...this.parts.values()];
  }

  /** Makes a part run as described, or leaves it alone when it does. Resolves once its process exists. */
  async ensure(daemon: Daemon, secrets: Record<string, string>): Promise<{ part: Part; changed: boolean }> {
    return this.inTurn(daemon.id, async () => {
      const hash = hashDaemon(daemon);
      this.secrets.set(daemon.id, secrets);
      const known = this.parts.get(daemon.id);
      if (
        known?.hash === hash &&
        (known.state === 'ended' || (known.process !== undefined && isAlive(known.process)))
      ) {
        return { part: known, changed: false };
      }
      if (known?.process !== undefined) await endGroup(known.process, known.daemon.graceMs);
      const part: Part = { daemon, hash, state: firstState, since: new Date().toISOString(), restarts: 0 };
      this.parts.set(daemon.id, part);
      this.deaths.set(daemon.id, 0);
      // Before there is a process, so that after a kill -9 the next supervisor knows of the part.
      this.save();
      await this.start(part);
      return { part, changed: true };
    });
  }

  /** Stops a part and forgets it. */
  async remove(id: string): Promise<void> {
    await this.inTurn(id, async () => {
      const part = this.parts.get(id);
      if (part === undefined) return;
      note(part, 'removed');
      this.save();
      if (part.process !== undefined) await endGroup(part.process, part.daemon.graceMs);
      this.parts.delete(id);
      this.secrets.delete(id);
      this.save();
      this.log(`stopped ${id}`);
    });
  }

  /** Ends a stalled process, so that it is started again. Does nothing when the part has another process by now. */
  async restartStalled(stalled: Part, why: string): Promise<void> {
    const { id } = stalled.daemon;
    await this.inTurn(id, async () => {
      const part = this.parts.get(id);
      if (part?.process === undefined || part.state !== 'up' || part.process.pid !== stalled.process?.pid) return;
      this.log(`${id} stalls (${why}); starting it again`);
      this.reasons.set(id, why);
      await endGroup(part.process, Math.min(part.daemon.graceMs, stalledGraceMs));
    });
  }

  /** Looks once whether parts that we did not start ourselves have died. */
  watch(): void {
    if (this.stopping) return;
    // Another hand may have emptied or removed the file, too.
    if (this.unsaved || stampOf(this.file) !== this.written) this.save();
    for (const part of this.parts.values()) {
      if (part.state !== 'up' || part.process === undefined || this.children.has(part.process.pid)) continue;
      if (isAlive(part.process)) continue;
      this.handleDeath(part);
    }
  }

  /** Ends the supervision; the parts go on. */
  release(): void {
    this.stopping = true;
  }

  private handleDeath(part: Part): void {
    const id = part.daemon.id;
    part.lastExit = this.reasons.get(id) ?? part.lastExit;
    this.reasons.delete(id);
    const lived = Date.now() - Date.parse(part.since);
    const inRow = lived >= this.policy.healthyAfterMs ? 1 : (this.deaths.get(id) ?? 0) + 1;
    const hardship = this.hardship();
    const deaths = hardship === undefined ? inRow : Math.min(inRow, this.policy.most);
    this.deaths.set(id, deaths);
    part.since = new Date().toISOString();
    if (part.daemon.refuses !== undefined && part.lastExit === `exit code ${String(part.daemon.refuses)}`) {
      part.refusal = lastLine(part.daemon.log) ?? part.lastExit;
      note(part, 'given-up');
      this.save();
      this.log(`${id} can’t be started: ${part.refusal}`);
      return;
    }
    if (deaths > this.policy.most) {
      note(part, 'given-up');
      this.save();
      this.log(
        `gave up on ${id}: it died ${String(deaths)} times in a row (${part.lastExit ?? 'no exit code known'}); see ${part.daemon.log}`,
      );
      return;
    }
    const waitMs = waitAfter(deaths, this.policy);
    note(part, 'died');
    this.save();
    this.log(
      `${id} died after ${String(Math.round(lived / 1000))} s (${part.lastExit ?? 'no exit code known'}); starting it again in ${String(waitMs)} ms${hardship === undefined ? '' : `; ${hardship}`}`,
    );
    void pause(waitMs, undefined, { ref: false }).then(() => this.inTurn(id, () => this.restart(part)));
  }

  private async restart(part: Part): Promise<void> {
    // It may have been stopped or started on purpose in the meantime.
    if (this.stopping || this.parts.get(part.daemon.id) !== part || part.state !== 'waiting') return;
    part.restarts += 1;
    await this.start(part);
  }

  private async start(part: Part): Promise<void> {
    try {
      await this.spawn(part);
    } catch (error) {
      // For example when the disk is so full that not even a log can be opened.
      part.lastExit = (error as Error).message;
      this.log(`can't start ${part.daemon.id}: ${part.lastExit}`);
      this.handleDeath(part);
    }
  }

  private async spawn(part: Part): Promise<void> {
    const { daemon } = part;
    const mark = markOf(this.file, daemon.id);
    // Its supervisor was killed before it could write the process down. Two processes of a part would write the same tables.
    for (const stray of findStrays(this.file, this.list()).filter(({ id }) => id === daemon.id)) {
      this.log(`ends an unknown process of ${daemon.id}, pid ${String(stray.process.pid)}`);
      await endGroup(stray.process, daemon.graceMs);
    }
    const env: Record<string, string> = { ...daemon.env, ...this.secrets.get(daemon.id), [markName]: mark };
    for (const name of inherited) env[name] ??= this.env[name] ?? '';
    const child = withLog(daemon.log, (log) =>
      spawn(daemon.command, daemon.args, {
        cwd: daemon.cwd,
        detached: true,
        env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
        stdio: ['ignore', log, log],
      }),
    );
    const { pid } = child;
    if (pid !== undefined) this.children.add(pid);
    child.on('exit', (code, signal) => {
      if (pid !== undefined) this.children.delete(pid);
      part.lastExit = signal === null ? `exit code ${String(code)}` : signal;
      if (code === 0 && daemon.ends === true) note(part, 'done');
      if (this.parts.get(daemon.id) !== part) return;
      if (part.state === 'ended') this.save();
      else this.watch();
    });
    const failure = await new Promise<Error | undefined>((resolve) => {
      child.once('spawn', () => {
        resolve(undefined);
      });
      child.once('error', resolve);
    });
    part.since = new Date().toISOString();
    part.process = failure === undefined && child.pid !== undefined ? identify(child.pid) : undefined;
    note(part, failure === undefined ? 'started' : 'not-startable');
    if (failure !== undefined) part.lastExit = failure.message;
    child.unref();
    this.save();
    this.log(
      failure === undefined
        ? `started ${daemon.id}, pid ${String(child.pid)}`
        : `can't start ${daemon.id}: ${failure.message}`,
    );
    if (part.state === 'up' && part.process === undefined) this.handleDeath(part);
  }

  /** One act at a time on a part. */
  private inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(id) ?? Promise.resolve()).then(act, act);
    this.queues.set(
      id,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private save(): void {
    // A folder that somebody has removed is not made again.
    if (!existsSync(dirname(dirname(this.file)))) return;
    try {
      writeParts(this.file, this.list());
      this.written = stampOf(this.file);
      this.unsaved = false;
    } catch (error) {
      // A full disk must not end the supervision; the next look tries again.
      if (!this.unsaved) this.log(`can't write ${this.file}: ${(error as Error).message}`);
      this.unsaved = true;
    }
  }
}

/** Tells whether a file was changed, emptied or removed; undefined when there is none. */
function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${String(stat.ino)} ${String(stat.mtimeMs)} ${String(stat.size)}`;
}

/** What a process said last; undefined where it said nothing, or its log has gone. */
function lastLine(log: string): string | undefined {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) || undefined;
  } catch {
    return undefined;
  }
}

function note(part: Part, event: PartEvent): void {
  part.state = nextState(part.state, event);
}
