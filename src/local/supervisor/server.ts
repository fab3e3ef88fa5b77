import { chmodSync, existsSync, rmSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { readHolder } from '../../engine/lock.ts';
import { layOut } from '../layout.ts';
import type { Heartbeat } from '../parts/daemon.ts';
import { identify, isAlive } from '../../tools/process-identity.ts';
import { readJobProgress, readProducerProgress } from '../../tools/progress.ts';
import { isFull } from '../status/free-space.ts';
import { readSupervisor, runFolder, trimLog, writeSupervisor } from './parts.ts';
import {
  readRequest,
  supervisorVersion,
  type Handlers,
  type Refusal,
  type Route,
  type SupervisorState,
} from './protocol.ts';
import { Refills } from './refills.ts';
import { Renewals } from './renewals.ts';
import { commandStarter, readRefill, readRepair, Schedules } from './schedules.ts';
import { StallWatch } from './stalls.ts';
import { restartPolicy, Supervisor } from './supervisor.ts';
import { WakeWatch } from './wake.ts';

/** Work that the supervisor's process does besides watching the parts. It must never block the watching. */
export interface SupervisorTask {
  start: (log: (line: string) => void) => void;
  end: () => Promise<void>;
  /** routes that it answers */
  answers: Partial<Pick<Handlers, 'GET /status'>>;
}

const watchEveryMs = 250;
const stallEveryMs = 2000;
const trimEveryMs = 60_000;
const rewriteEveryMs = 1000;
const scheduleEveryMs = 1000;
/** bytes after which a log is set aside as `<log>.1` and starts empty */
const longestLog = 32 * 2 ** 20;

/**
 * Runs the supervisor of a lake: it watches the parts and answers other processes on a unix socket that only its owner can open. Resolves
 * after a request or a signal to end.
 */
export async function serveSupervisor(
  data: string,
  env: NodeJS.ProcessEnv,
  tasks: readonly SupervisorTask[] = [],
): Promise<void> {
  const run = runFolder(data, tmpdir());
  const self = identify(process.pid);
  const other = readSupervisor(run.supervisor);
  if (other !== undefined && other.pid !== process.pid && isAlive(other)) return;
  const log = (line: string) => {
    try {
      writeSync(process.stderr.fd, `${new Date().toISOString()} supervisor ${line}\n`);
    } catch {
      // A log on a full disk must not end the supervision. (A stream would be shut for good after one such failure.)
    }
  };
  const supervisor = new Supervisor(run.parts, log, env, restartPolicy, () =>
    isFull(data) ? 'the disk is full' : undefined,
  );
  const wake = new WakeWatch();
  const stalls = new StallWatch({
    now: Date.now,
    read: readJobProgress,
    ends: endsOf,
    canWrite: () => !isFull(data),
  });
  const start = commandStarter(env, run.parts);
  const schedules = new Schedules(run.schedules, log, start);
  const up = () => readRepair(run.schedules.declared, 'up');
  const busy = () => {
    const holder = readHolder(layOut(data).lock);
    return holder !== undefined && isAlive(holder);
  };
  const renewals = new Renewals({ read: readJobProgress, up, busy, start, log });
  const refill = () => readRefill(run.schedules.declared);
  const refills = new Refills({ job: readJobProgress, producer: readProducerProgress, refill, start, log });
  const writeSelf = () => {
    if (self !== undefined && readSupervisor(run.supervisor)?.pid !== self.pid) writeSupervisor(run.supervisor, self);
  };
  writeSelf();

  const since = new Date().toISOString();
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const handlers: Partial<Handlers> = {
    'GET /state': () => describe({ supervisor, schedules, wake, stalls }, since),
    'PUT /parts/:part': ({ content: { daemon, secrets } }) => supervisor.ensure(daemon, secrets),
    'DELETE /parts/:part': async ({ part }) => {
      await supervisor.remove(part);
      return {};
    },
    'POST /end': async () => {
      // The process of a schedule belongs to the lake and ends with it.
      await schedules.end();
      await renewals.end();
      await refills.end();
      // Once the answer is written.
      setImmediate(end);
      return {};
    },
    ...(Object.assign({}, ...tasks.map(({ answers }) => answers)) as Partial<Handlers>),
  };
  const server = createServer((request, response) => {
    answer(request, response, handlers).catch((error: unknown) => {
      log(`${request.method ?? ''} ${request.url ?? ''} failed: ${(error as Error).message}`);
      reply(response, 500, { error: (error as Error).message } satisfies Refusal);
    });
  });
  await listen(server, run.socket);
  process.on('SIGTERM', end);
  process.on('SIGHUP', () => undefined);
  await supervisor.adopt();
  const timer = setInterval(() => {
    const happened = wake.tick(Date.now());
    if (happened !== undefined) {
      log(
        happened === 'slept'
          ? 'this process was not running for a while: the machine slept, or the clock was set'
          : 'the clock was set back',
      );
      stalls.reset();
      if (happened === 'set back') restartTriggers(supervisor, log);
    }
    supervisor.watch();
  }, watchEveryMs);
  const rewriting = setInterval(() => {
    rewrite(data, writeSelf, log);
  }, rewriteEveryMs);
  let checking = false;
  const stalling = setInterval(() => {
    if (checking) return;
    checking = true;
    void restartStalled(supervisor, stalls, log).finally(() => (checking = false));
  }, stallEveryMs);
  const trimming = setInterval(() => {
    const logs = [
      ...supervisor.list().map((part) => part.daemon.log),
      ...schedules.states().map(({ log: its }) => its),
      ...[up()?.log ?? [], readRepair(run.schedules.declared, 'fill')?.log ?? []].flat(),
      ...[refill()?.command.log ?? []].flat(),
    ];
    for (const its of logs) trimLog(its, longestLog);
  }, trimEveryMs);
  const scheduling = setInterval(() => {
    schedules.tick();
    renewals.tick(supervisor.list());
    refills.tick();
  }, scheduleEveryMs);
  for (const task of tasks) task.start(log);
  await ended;
  clearInterval(timer);
  clearInterval(rewriting);
  clearInterval(stalling);
  clearInterval(trimming);
  clearInterval(scheduling);
  schedules.release();
  renewals.release();
  refills.release();
  supervisor.release();
  await Promise.all(tasks.map((task) => task.end()));
  server.close();
  server.closeIdleConnections();
  rmSync(run.socket, { force: true });
  rmSync(run.supervisor, { force: true });
}

/** Another hand may have emptied or removed the file; a lake whose folder is gone gets none. */
function rewrite(data: string, writeSelf: () => void, log: (line: string) => void): void {
  try {
    if (existsSync(data)) writeSelf();
  } catch (error) {
    log(`can't write down this process: ${(error as Error).message}`);
  }
}

/** Starts the streams again after the clock was set back: Spark would wait with the next trigger until the clock says what it said before. */
function restartTriggers(supervisor: Supervisor, log: (line: string) => void): void {
  for (const part of supervisor.list()) {
    if (part.daemon.beats?.some(({ follows }) => follows !== undefined) !== true) continue;
    supervisor.restartStalled(part, 'its triggers follow the clock, which was set back').catch((error: unknown) => {
      log(`can't start ${part.daemon.id} again: ${(error as Error).message}`);
    });
  }
}

async function restartStalled(supervisor: Supervisor, stalls: StallWatch, log: (line: string) => void): Promise<void> {
  try {
    for (const { part, why } of await stalls.look(supervisor.list())) await supervisor.restartStalled(part, why);
  } catch (error) {
    log(`can't check for stalls: ${(error as Error).message}`);
  }
}

/** Needed only for a job whose offsets do not advance, so the client is loaded late. */
async function endsOf({
  topic,
  ...broker
}: NonNullable<Heartbeat['follows']>): Promise<Record<string, number> | undefined> {
  const { lookAtTopics } = await import('../../tools/kafka.ts');
  const ranges = (await lookAtTopics(broker, [topic])).ranges?.[topic];
  return ranges && Object.fromEntries(Object.entries(ranges).map(([partition, { high }]) => [partition, high]));
}

async function listen(server: Server, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
}

interface Watched {
  supervisor: Supervisor;
  schedules: Schedules;
  wake: WakeWatch;
  stalls: StallWatch;
}

function describe({ supervisor, schedules, wake, stalls }: Watched, since: string): SupervisorState {
  const wokeAt = wake.wokeAt === undefined ? {} : { wokeAt: new Date(wake.wokeAt).toISOString() };
  const behind = Object.entries(stalls.behind()).map(([file, at]) => [file, new Date(at).toISOString()]);
  return {
    ...{ pid: process.pid, version: supervisorVersion, since, parts: supervisor.list(), ...wokeAt },
    schedules: schedules.states(),
    behind: Object.fromEntries(behind) as Record<string, string>,
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, handlers: Partial<Handlers>): Promise<void> {
  const { method = '', url = '/' } = request;
  const { route, takes } = readRequest(method, url, await readBody(request));
  const handle = Object.hasOwn(handlers, route) ? handlers[route as Route] : undefined;
  if (handle === undefined) reply(response, 404, { error: `nothing at ${method} ${url}` } satisfies Refusal);
  else reply(response, 200, await (handle as (takes: unknown) => unknown)(takes));
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(content));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
