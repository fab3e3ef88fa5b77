import type { Daemon } from '../parts/daemon.ts';
import type { TimedStatus } from '../status/status-cache.ts';
import type { Part } from './parts.ts';
import type { ScheduleState } from './schedules.ts';

// The shapes of the supervisor's unix socket: HTTP with JSON. Client and server are checked against the same types, so a change here fails the
// type check at both ends.

/** What each route takes and gives. `part` stands in the path, `query` in the query string, `content` in the body. */
export interface Routes {
  'GET /state': { takes: Record<string, never>; gives: SupervisorState };
  /** `age`: milliseconds that the answer may be old; with 0 it is collected after the request */
  'GET /status': { takes: { query: { age: number } }; gives: TimedStatus };
  /** Starts the part, or starts it again when its description has changed. */
  'PUT /parts/:part': {
    takes: { part: string; content: { daemon: Daemon; secrets: Record<string, string> } };
    gives: { part: Part; changed: boolean };
  };
  'DELETE /parts/:part': { takes: { part: string }; gives: Record<string, never> };
  /** Ends the supervisor; the parts go on. */
  'POST /end': { takes: Record<string, never>; gives: Record<string, never> };
}

export type Route = keyof Routes;
export type Takes<R extends Route> = Routes[R]['takes'];
export type Gives<R extends Route> = Routes[R]['gives'];
/** What answers each route. */
export type Handlers = { [R in Route]: (takes: Takes<R>) => Gives<R> | Promise<Gives<R>> };

/** The body of every answer whose status is not 200. */
export interface Refusal {
  error: string;
}

/**
 * Raised when parts need more of a supervisor than one of an earlier version can do: `up` then starts a new one, which takes them over. 2: it
 * signs in where their servers ask for the credential.
 */
export const supervisorVersion = 2;

export interface SupervisorState {
  pid: number;
  /** absent: 1 */
  version?: number;
  since: string;
  parts: Part[];
  schedules: ScheduleState[];
  /** when it last found that it had not been running for a while: the machine slept, or the clock was set */
  wokeAt?: string;
  /** since when a job commits nothing although its topic holds more, by its progress file */
  behind?: Record<string, string>;
}

/** Everything that a request may carry. */
interface Carried {
  part?: string;
  query?: Readonly<Record<string, number>>;
  content?: unknown;
}

/** The request of a route as HTTP has it. */
export function writeRequest<R extends Route>(
  route: R,
  takes: Takes<R>,
): { method: string; path: string; body: string } {
  const { part = '', query, content }: Carried = takes;
  const [method = '', pattern = ''] = route.split(' ');
  const entries = Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  const search = entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
  return {
    method,
    path: `${pattern.replace(':part', part)}${search}`,
    body: content === undefined ? '' : JSON.stringify(content),
  };
}

/** The inverse of `writeRequest`. The route may be one that does not exist. */
export function readRequest(method: string, path: string, body: string): { route: string; takes: Carried } {
  const url = new URL(path, 'http://supervisor');
  const part = /^\/parts\/([a-z-]+)$/.exec(url.pathname)?.[1];
  const query = Object.fromEntries([...url.searchParams].map(([name, value]) => [name, Number(value)]));
  return {
    route: `${method} ${part === undefined ? url.pathname : '/parts/:part'}`,
    takes: { part, query, content: body === '' ? undefined : JSON.parse(body) },
  };
}
