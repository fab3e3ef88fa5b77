import { chmodSync, rmSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import type { Heartbeat, Daemon } from '../parts/daemon.ts';
import { identify, isAlive } from '../../tools/process-identity.ts';
import { readJobProgress } from '../../tools/progress.ts';
import { isFull } from '../status/free-space.ts';
import { readSupervisor, runFolder, trimLog, writeWhole, type Part } from './parts.ts';
import { commandStarter, Schedules, type ScheduleState } from './schedules.ts';
import { StallWatch } from './stalls.ts';
import { restartPolicy, Supervisor } from './supervisor.ts';
import { WakeWatch } from './wake.ts';

/** What the resident process answers on `GET /state`. */
export interface SupervisorState {
  pid: number;
  since: string;
  parts: Part[];
  schedules: ScheduleState[];
  /** when it last found that it had not been running for a while: the machine slept, or the clock was set */
  wokeAt?: string;
  /** since when a job commits nothing although its topic holds more, by its progress file */
  behind?: Record<string, string>;
}

/** Somebody who lives in the resident process beside those that watch the parts. What it does must never keep them waiting. */
export interface Guest {
  start: (log: (line: string) => void) => void;
  end: () => Promise<void>;
  /** what it answers to `GET`, by path */
  answers?: Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>>;
}

const watchEveryMs = 250;
const stallEveryMs = 2000;
const trimEveryMs = 60_000;
const scheduleEveryMs = 1000;
/** bytes after which a log is set aside as `<log>.1` and begun anew */
const longestLog = 32 * 2 ** 20;

/**
 * Runs the resident process of a lake until it is told to end: it watches the parts and answers the command line on a unix socket that
 * only its owner can open. Resolves when it was told to end.
 */
export async function serveSupervisor(
  data: string,
  env: NodeJS.ProcessEnv,
  guests: readonly Guest[] = [],
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
  const schedules = new Schedules(run.schedules, log, commandStarter(env));
  writeWhole(run.supervisor, self);

  const since = new Date().toISOString();
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const server = createServer((request, response) => {
    answer(request, response, { supervisor, schedules, wake, stalls, guests }, since, end).catch((error: unknown) => {
      log(`${request.method ?? ''} ${request.url ?? ''} failed: ${(error as Error).message}`);
      reply(response, 500, { error: (error as Error).message });
    });
  });
  await listen(server, run.socket);
  process.on('SIGTERM', end);
  process.on('SIGHUP', () => undefined);
  await supervisor.adopt();
  const timer = setInterval(() => {
    if (wake.tick(Date.now())) {
      log('this process was not running for a while: the machine slept, or the clock was set');
      stalls.reset();
    }
    supervisor.watch();
  }, watchEveryMs);
  let looking = false;
  const stalling = setInterval(() => {
    if (looking) return;
    looking = true;
    void cureStalls(supervisor, stalls, log).finally(() => (looking = false));
  }, stallEveryMs);
  const trimming = setInterval(() => {
    const logs = [
      ...supervisor.list().map((part) => part.daemon.log),
      ...schedules.states().map(({ log: its }) => its),
    ];
    for (const its of logs) trimLog(its, longestLog);
  }, trimEveryMs);
  const scheduling = setInterval(() => {
    schedules.tick();
  }, scheduleEveryMs);
  for (const guest of guests) guest.start(log);
  await ended;
  clearInterval(timer);
  clearInterval(stalling);
  clearInterval(trimming);
  clearInterval(scheduling);
  schedules.release();
  supervisor.release();
  await Promise.all(guests.map((guest) => guest.end()));
  server.close();
  server.closeIdleConnections();
  rmSync(run.socket, { force: true });
  rmSync(run.supervisor, { force: true });
}

async function cureStalls(supervisor: Supervisor, stalls: StallWatch, log: (line: string) => void): Promise<void> {
  try {
    for (const { part, why } of await stalls.look(supervisor.list())) await supervisor.restartStalled(part, why);
  } catch (error) {
    log(`can't look for stalls: ${(error as Error).message}`);
  }
}

/** Asked only about a job whose offsets rest, so the client is loaded late. */
async function endsOf({
  bootstrapServers,
  topic,
}: NonNullable<Heartbeat['follows']>): Promise<Record<string, number> | undefined> {
  const { lookAtTopics } = await import('../../tools/kafka.ts');
  const ranges = (await lookAtTopics({ bootstrapServers }, [topic])).ranges?.[topic];
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

/** Who works in the resident process. */
interface Residents {
  supervisor: Supervisor;
  schedules: Schedules;
  wake: WakeWatch;
  stalls: StallWatch;
  guests: readonly Guest[];
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { supervisor, schedules, wake, stalls, guests }: Residents,
  since: string,
  end: () => void,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://supervisor');
  const ask = guests.map(({ answers }) => answers?.[url.pathname]).find((its) => its !== undefined);
  const part = /^\/parts\/([a-z-]+)$/.exec(url.pathname)?.[1];
  if (request.method === 'GET' && url.pathname === '/state') {
    const wokeAt = wake.wokeAt === undefined ? {} : { wokeAt: new Date(wake.wokeAt).toISOString() };
    const behind = Object.entries(stalls.behind()).map(([file, at]) => [file, new Date(at).toISOString()]);
    reply(response, 200, {
      ...{ pid: process.pid, since, parts: supervisor.list(), ...wokeAt },
      schedules: schedules.states(),
      behind: Object.fromEntries(behind) as Record<string, string>,
    } satisfies SupervisorState);
  } else if (request.method === 'GET' && ask !== undefined) {
    reply(response, 200, await ask(url.searchParams));
  } else if (request.method === 'PUT' && part !== undefined) {
    const { daemon, secrets } = JSON.parse(await body(request)) as { daemon: Daemon; secrets: Record<string, string> };
    reply(response, 200, await supervisor.ensure(daemon, secrets));
  } else if (request.method === 'DELETE' && part !== undefined) {
    await supervisor.remove(part);
    reply(response, 200, {});
  } else if (request.method === 'POST' && url.pathname === '/end') {
    // What runs by a schedule belongs to the lake and goes with it.
    await schedules.end();
    reply(response, 200, {});
    end();
  } else {
    reply(response, 404, { error: `nothing at ${request.method ?? ''} ${url.pathname}` });
  }
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(content));
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
