import { randomUUID } from 'node:crypto';
import type { SavedObject } from '../../src/lake/kibana/saved-object.ts';
import { json, listen, type Answer, type Listening, type Message } from './aws/elastic-cloud/messages.ts';

interface Held extends SavedObject {
  /** id of the original in another space */
  originId?: string;
}

interface ImportError {
  type: string;
  id: string;
  title: unknown;
  error: Record<string, unknown>;
}

/** Types that an import accepts, with the newest format that this version reads. */
const knownTypes: Record<string, string> = {
  ...{ 'index-pattern': '8.0.0', search: '10.5.0', lens: '8.9.0', dashboard: '10.3.0', visualization: '8.5.0' },
};

/** Types whose objects must exist when another object refers to them. */
const validated = ['index-pattern', 'search'];

/**
 * A fake of Kibana 8.19 for the import of saved objects: spaces, logins, multipart bodies, migrations, references, conflicts.
 * Source: https://www.elastic.co/docs/api/doc/kibana/v8 and the behaviour of `POST /api/saved_objects/_import` that it describes.
 */
export class KibanaDouble {
  /** whether an `Authorization` header is accepted; undefined: all are */
  admits: ((authorization: string | undefined) => boolean) | undefined;
  /** accepted headers whose users may not manage saved objects */
  readonly readers: string[] = [];
  /** status codes of the next responses, before the usual ones */
  readonly refusals: number[] = [];
  readonly requests: { method: string; path: string; authorization: string | undefined }[] = [];
  /** objects by space, then by type and id */
  readonly spaces = new Map<string, Map<string, Held>>([['default', new Map()]]);
  private listening: Listening | undefined;

  static async start(): Promise<KibanaDouble> {
    const kibana = new KibanaDouble();
    kibana.listening = await listen((message) => kibana.answer(message));
    return kibana;
  }

  get url(): string {
    return this.listening?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.listening?.stop();
  }

  /** Objects of a space, as `GET /api/saved_objects/{type}/{id}` returns them. */
  objects(space = 'default'): Held[] {
    return [...(this.spaces.get(space) ?? new Map<string, Held>()).values()];
  }

  private async answer(message: Message): Promise<Answer> {
    const { method, url, headers } = message;
    this.requests.push({ method, path: `${url.pathname}${url.search}`, authorization: headers.authorization });
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refuse(refusal, 'Kibana server is not ready yet');
    if (this.admits?.(headers.authorization) === false)
      return refuse(401, 'missing authentication credentials for REST request');
    const [, space = 'default', path = ''] = /^(?:\/s\/([^/]+))?(\/.*)$/.exec(url.pathname) ?? [];
    const [, asked] = /^\/api\/spaces\/space\/([^/]+)$/.exec(path) ?? [];
    if (method === 'GET' && asked !== undefined)
      return this.spaces.has(asked) ? json(200, { id: asked, name: asked }) : refuse(404, 'Not Found');
    if (method !== 'POST' || path !== '/api/saved_objects/_import') return refuse(404, 'Not Found');
    if (headers['kbn-xsrf'] === undefined) return refuse(400, 'Request must contain a kbn-xsrf header.');
    if (this.readers.includes(headers.authorization ?? '')) return refuse(403, 'Unable to bulk_create dashboard,lens');
    return this.import(message, space, url.searchParams.get('overwrite') === 'true');
  }

  private async import({ headers, body }: Message, space: string, overwrite: boolean): Promise<Answer> {
    const type = headers['content-type'] ?? '';
    if (!type.startsWith('multipart/form-data')) return refuse(415, 'Unsupported Media Type');
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    const file = form.get('file');
    if (file === null || typeof file === 'string')
      return refuse(400, '[request body.file]: expected value of type [Stream]');
    if (!file.name.endsWith('.ndjson'))
      return refuse(400, `Invalid file extension .${file.name.split('.').at(-1) ?? ''}`);
    const lines = (await file.text()).split('\n').filter((line) => line !== '');
    let objects: SavedObject[];
    try {
      objects = lines.map((line) => JSON.parse(line) as SavedObject);
    } catch (error) {
      return refuse(400, (error as Error).message);
    }
    return this.take(objects, space, overwrite);
  }

  private take(objects: SavedObject[], space: string, overwrite: boolean): Answer {
    const newer = objects.find(({ type, typeMigrationVersion }) =>
      isNewer(typeMigrationVersion, knownTypes[type] ?? '999'),
    );
    if (newer !== undefined) {
      return refuse(
        422,
        `Document "${newer.id}" belongs to a more recent version of Kibana [${newer.typeMigrationVersion}].`,
      );
    }
    const held = this.spaces.get(space) ?? new Map<string, Held>();
    this.spaces.set(space, held);
    const there = new Set([...held.keys(), ...objects.map(keyOf)]);
    const errors: ImportError[] = [];
    const successResults: Record<string, unknown>[] = [];
    for (const object of objects) {
      const problem = this.problemOf(object, held, there, overwrite);
      if (problem !== undefined) {
        errors.push({ type: object.type, id: object.id, title: object.attributes['title'], error: problem });
        continue;
      }
      successResults.push(this.put(object, space, held));
    }
    const success = errors.length === 0;
    return json(200, {
      ...{ success, successCount: successResults.length, warnings: [] },
      ...(success ? {} : { errors }),
      ...(successResults.length === 0 ? {} : { successResults }),
    });
  }

  private problemOf(object: SavedObject, held: Map<string, Held>, there: Set<string>, overwrite: boolean) {
    if (!(object.type in knownTypes)) return { type: 'unsupported_type' };
    const missing = object.references.filter((one) => validated.includes(one.type) && !there.has(keyOf(one)));
    if (missing.length > 0) {
      return { type: 'missing_references', references: missing.map(({ type, id }) => ({ type, id })) };
    }
    return held.has(keyOf(object)) && !overwrite ? { type: 'conflict' } : undefined;
  }

  /** An id is unique over all spaces: a copy in another space gets a new id and keeps the original one. */
  private put(object: SavedObject, space: string, held: Map<string, Held>): Record<string, unknown> {
    const { type, id } = object;
    const elsewhere = [...this.spaces].some(([name, all]) => name !== space && all.has(keyOf(object)));
    const known = [...held.values()].find((one) => one.type === type && (one.id === id || one.originId === id));
    const own: Held = elsewhere ? { ...object, id: known?.id ?? randomUUID(), originId: id } : object;
    held.set(keyOf(own), own);
    return {
      ...{ type, id, meta: { title: object.attributes['title'] }, managed: false },
      ...(own.id === id ? {} : { destinationId: own.id }),
      ...(known === undefined ? {} : { overwrite: true }),
    };
  }
}

function keyOf({ type, id }: { type: string; id: string }): string {
  return `${type}:${id}`;
}

function isNewer(version: string, than: string): boolean {
  const [one = [], other = []] = [version, than].map((text) => text.split('.').map(Number));
  const at = one.findIndex((part, place) => part !== (other[place] ?? 0));
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}

const names: Record<number, string> = {
  ...{ 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 422: 'Unprocessable Entity' },
};

function refuse(status: number, message: string): Answer {
  return json(status, { statusCode: status, error: names[status] ?? 'Error', message });
}
