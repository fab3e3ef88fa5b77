import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Exchange } from './exchange.ts';

const types = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  mjs: 'text/javascript',
  svg: 'image/svg+xml',
};

interface PageFile {
  content: Buffer;
  type: string;
  tag: string;
}

/** The files of the page by their paths, and no others: those of this package, and the chart library as its package brings it. */
export class PageFiles {
  private readonly places: Record<string, string>;
  private readonly read = new Map<string, PageFile>();

  /** @param folder of the page's files */
  constructor(folder: string) {
    const own = ['style.css', 'icon.svg', ...scripts].map((name) => [`/${name}`, join(folder, name)]);
    this.places = {
      '/': join(folder, 'index.html'),
      ...(Object.fromEntries(own) as Record<string, string>),
      '/lightweight-charts.mjs': chartLibrary(),
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
    const extension = place.slice(place.lastIndexOf('.') + 1) as keyof typeof types;
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    const file = { content, type: types[extension], tag };
    this.read.set(place, file);
    return file;
  }
}

const scripts = [
  'app.js',
  'chart.js',
  'gaps.js',
  'health.js',
  'live.js',
  'market.js',
  'numbers.js',
  'sql.js',
  'tables.js',
];

/** The library in one file, wherever the packages were installed to. */
function chartLibrary(): string {
  const description = createRequire(import.meta.url).resolve('lightweight-charts/package.json');
  return join(dirname(description), 'dist', 'lightweight-charts.standalone.production.mjs');
}
