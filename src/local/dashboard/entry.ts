import type { Dashboard } from './dashboard.ts';
import { sendJson, type Exchange } from './exchange.ts';
import { linkSeconds } from './login.ts';
import { Fault } from '../../errors.ts';

/** A link that signs a browser in once, for programs that have the credential. */
export function answerLink(exchange: Exchange, { login, lake }: Dashboard): void {
  if (!login.hasCredential(exchange.request)) throw new Fault('usage', 'links are for programs with the credential');
  const link = login.isOpen ? lake.dashboard : `${lake.dashboard}/enter?code=${login.makeCode()}`;
  sendJson(exchange, { link, seconds: linkSeconds });
}

/** Follows such a link: gives the cookie, and goes to the page. */
export function enter(exchange: Exchange, { login }: Dashboard): void {
  const { request, response, url } = exchange;
  // A browser that only prepares a visit would use up the link.
  if (request.headers['sec-purpose'] !== undefined) {
    sendPage(exchange, 503, 'Not yet.');
    return;
  }
  const cookie = login.isOpen ? undefined : login.enter(url.searchParams.get('code') ?? '', request);
  if (cookie === undefined && !login.accepts(request)) {
    sendPage(exchange, 401, 'This link was used before, or it is too old.', 'Run "cryptodm dashboard" for a new one.');
    return;
  }
  if (cookie !== undefined) response.setHeader('set-cookie', cookie);
  sendForward(exchange, '/');
}

const again = 'again';

/** What a browser without a session sees instead of the page. */
export function askToSignIn(exchange: Exchange): void {
  const { request, url } = exchange;
  const site = request.headers['sec-fetch-site'];
  // The cookie does not come with a link from another site, but with a step of our own page.
  if ((site === 'cross-site' || site === 'same-site') && !url.searchParams.has(again))
    sendForward(exchange, `/?${again}`);
  else sendPage(exchange, 401, 'This page belongs to a lake of cryptodm.', 'To open it, run "cryptodm dashboard".');
}

/** A redirect would count as a step of the site that the browser comes from, and go without the cookie. */
function sendForward(exchange: Exchange, to: string): void {
  // Without an icon named, a browser asks for /favicon.ico, which is not there.
  const head = `<link rel="icon" href="/icon.svg"><meta http-equiv="refresh" content="0; url=${to}">`;
  sendHtml(exchange, 200, `${head}<p><a href="${to}">The dashboard</a></p>`);
}

function sendPage(exchange: Exchange, status: number, ...lines: string[]): void {
  sendHtml(exchange, status, lines.map((line) => `<p>${line}</p>`).join(''));
}

function sendHtml({ response }: Exchange, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>cryptodm</title>${body}</html>\n`,
  );
}
