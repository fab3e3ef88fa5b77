import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { Fault } from '../errors.ts';
import { waitAfter, type Backoff } from './backoff.ts';

/** A space of a Kibana, and the login for it. */
export interface Kibana {
  /** without a slash at its end */
  url: string;
  /** absent: the default space */
  space?: string | undefined;
  login: KibanaLogin;
}

export type KibanaLogin = { apiKey: string } | { username: string; password: string } | 'none';

export interface ImportedObject {
  type: string;
  id: string;
  /** true where an existing object was replaced */
  overwritten: boolean;
}

const failure = z.object({
  type: z.string(),
  id: z.string(),
  error: z.looseObject({
    type: z.string().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    references: z.array(z.object({ type: z.string(), id: z.string() })).optional(),
  }),
});

const answer = z.object({
  success: z.boolean(),
  successCount: z.number(),
  errors: z.array(failure).optional(),
  successResults: z
    .array(
      z.object({
        type: z.string(),
        id: z.string(),
        /** new id of an object whose id another space has already */
        destinationId: z.string().optional(),
        overwrite: z.boolean().optional(),
      }),
    )
    .optional(),
});

/** How often a request is repeated while Kibana is busy or still starting. */
export interface RetryPolicy extends Backoff {
  most: number;
}

export const retryPolicy: RetryPolicy = { most: 6, firstWaitMs: 1000, longestWaitMs: 30_000 };

const withinMs = 60_000;

/**
 * Imports saved objects; they replace existing ones with the same ids. The API is `POST /api/saved_objects/_import`
 * (https://www.elastic.co/docs/api/doc/kibana/v8/operation/operation-importsavedobjectsdefault).
 * @param objects a line each
 * @throws Fault of kind `settings` for a login that is not known or may not do it, `usage` for a wrong address or space, `outside` for all else
 */
export async function importSavedObjects(
  kibana: Kibana,
  objects: string,
  { signal, retries = retryPolicy }: { signal: AbortSignal; retries?: RetryPolicy },
): Promise<ImportedObject[]> {
  if (kibana.space !== undefined) await requireSpace(kibana, kibana.space, signal, retries);
  const path = `${spacePath(kibana)}/api/saved_objects/_import?overwrite=true`;
  const body = () => {
    const form = new FormData();
    form.append('file', new Blob([objects], { type: 'application/ndjson' }), 'objects.ndjson');
    return form;
  };
  const response = await ask(kibana, { method: 'POST', path, body }, signal, retries);
  if (!response.ok) throw await refusal(kibana, response);
  const parsed = answer.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw stranger(kibana);
  const { success, errors = [], successResults = [], successCount } = parsed.data;
  if (!success) throw incomplete(kibana, errors, successCount);
  return successResults.map(({ type, id, destinationId, overwrite }) => ({
    ...{ type, id: destinationId ?? id, overwritten: overwrite === true },
  }));
}

/** `/s/SPACE`, empty for the default space. */
export function spacePath({ space }: Pick<Kibana, 'space'>): string {
  return space === undefined ? '' : `/s/${encodeURIComponent(space)}`;
}

/** Kibana would write to a missing space as well, where no one finds the objects. */
async function requireSpace(kibana: Kibana, space: string, signal: AbortSignal, retries: RetryPolicy): Promise<void> {
  const path = `/api/spaces/space/${encodeURIComponent(space)}`;
  const response = await ask(kibana, { method: 'GET', path }, signal, retries);
  await response.body?.cancel();
  if (response.ok) return;
  if (response.status !== 404) throw await refusal(kibana, response);
  throw new Fault('usage', `Kibana at ${kibana.url} has no space ${space}`, {
    where: '--space',
    next: 'Give the identifier of an existing space, or leave out --space.',
  });
}

interface Request {
  method: 'GET' | 'POST';
  path: string;
  /** made for each try: a body can be sent once */
  body?: () => FormData;
}

async function ask(kibana: Kibana, request: Request, signal: AbortSignal, retries: RetryPolicy): Promise<Response> {
  for (let tries = 0; ; tries += 1) {
    const response = await send(kibana, request, signal);
    if (!isTemporary(response.status) || tries >= retries.most) return response;
    await response.body?.cancel();
    const asked = Number(response.headers.get('retry-after') ?? 0) * 1000;
    const waitMs = Math.min(Math.max(asked || 0, waitAfter(tries + 1, retries)), retries.longestWaitMs);
    await pause(waitMs, undefined, { signal });
  }
}

async function send(kibana: Kibana, { method, path, body }: Request, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`${kibana.url}${path}`, {
      method,
      // Without it Kibana treats the request as a forgery from another site.
      headers: { 'kbn-xsrf': 'cryptodm', ...authorization(kibana.login) },
      ...(body === undefined ? {} : { body: body() }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const { cause, name } = error as Error & { cause?: { code?: string } };
    throw new Fault('outside', `Kibana can’t be reached: ${cause?.code ?? name}`, {
      where: kibana.url,
      next: 'Check the address and the network, then run the same command.',
      cause: error,
    });
  }
}

function authorization(login: KibanaLogin): Record<string, string> {
  if (login === 'none') return {};
  if ('apiKey' in login) return { authorization: `ApiKey ${login.apiKey}` };
  return { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };
}

function isTemporary(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

async function refusal(kibana: Kibana, response: Response): Promise<Fault> {
  const { status } = response;
  const where = kibana.url;
  const said = z.object({ message: z.string() }).safeParse(await response.json().catch(() => undefined));
  const why = said.success ? `: ${said.data.message}` : '';
  if (status === 401) {
    const next = 'Set KIBANA_API_KEY, or KIBANA_USERNAME and KIBANA_PASSWORD, to those of a user of this Kibana.';
    return new Fault('settings', 'Kibana does not know this user or key', { where, next });
  }
  if (status === 403) {
    const next =
      'The user needs all rights on "Dashboard", "Visualize Library", "Discover" and "Saved Objects Management".';
    return new Fault('settings', `Kibana does not allow this user to import${why}`, { where, next });
  }
  if (status === 404 || (status >= 300 && status < 400)) {
    return new Fault('usage', `there is no Kibana at ${kibana.url}: it answers ${String(status)}`, {
      where: '--url',
      next: 'Give the address that Kibana has in a browser, up to and without "/app".',
    });
  }
  return new Fault('outside', `Kibana answers ${String(status)}${why}`, {
    where,
    next: isTemporary(status)
      ? 'It is busy or still starting: run the same command later.'
      : 'Kibana 8.9 or later is needed.',
  });
}

function stranger(kibana: Kibana): Fault {
  return new Fault('outside', 'the server that answers is not Kibana', {
    where: kibana.url,
    next: 'Give the address that Kibana has in a browser, up to and without "/app".',
  });
}

function incomplete(kibana: Kibana, errors: z.infer<typeof failure>[], imported: number): Fault {
  const lines = errors.map(({ type, id, error }) => {
    const missing = (error.references ?? []).map((one) => `${one.type} ${one.id}`).join(', ');
    const why = [error.type, error.reason ?? error.message, missing].filter((one) => one !== undefined && one !== '');
    return `${type} ${id}: ${why.join(', ') || 'no reason given'}`;
  });
  return new Fault('outside', `Kibana did not import everything:\n${lines.join('\n')}`, {
    where: kibana.url,
    next: 'Fix what it names, then run the same command: imported objects are replaced.',
    facts: { imported, errors },
  });
}
