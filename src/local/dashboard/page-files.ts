import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Exchange } from './exchange.ts';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
};

interface PageFile {
  content: Buffer;
  type: string;
  tag: string;
}

/** The files of the page by their paths, and no others. */
export class PageFiles {
  private readonly places: Record<string, string>;
  private readonly read = new Map<string, PageFile>();

  /** @param root the folder of this package, with `templates` and what the build puts in `dist` */
  constructor(root: string) {
    const folder = join(root, 'templates', 'dashboard');
    const own = readdirSync(folder).map((name): [string, string] => [
      name === 'index.html' ? '/' : `/${name}`,
      join(folder, name),
    ]);
    this.places = {
      ...Object.fromEntries(own),
      '/lightweight-charts.mjs': join(root, 'dist', 'page', 'lightweight-charts.mjs'),
    };
  }

  /** Answers with the file of this path; false when there is none. */
  send({ request, response, url }: Exchange): boolean {
    const place = this.places[url.pathname];
    if (place === undefined) return false;
    const file = this.read.get(place) ?? this.load(place);
    const headers = { 'content-type': `${file.type}; charset=utf-8`, 'cache-control': 'no-cache', etag: file.tag };
    if (request.headers['if-none-match'] === file.tag) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, 'content-length': file.content.length }).end(file.content);
    return true;
  }

  private load(place: string): PageFile {
    const content = readFileSync(place);
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    const file = { content, type: types[extname(place)] ?? 'application/octet-stream', tag };
    this.read.set(place, file);
    return file;
  }
}
