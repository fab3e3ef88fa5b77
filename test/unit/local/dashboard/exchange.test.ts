import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { readBody, securityHeaders } from '../../../../src/local/dashboard/exchange.ts';
import { routes } from '../../../../src/local/dashboard/routes.ts';
import { openerOf } from '../../../../src/cli/browser.ts';
import { Fault } from '../../../../src/errors.ts';

const sent = (...pieces: string[]) =>
  Readable.from(pieces.map((piece) => Buffer.from(piece))) as unknown as IncomingMessage;

describe('an exchange with the dashboard', () => {
  it('has a body of a bounded length', async () => {
    assert.equal(await readBody(sent('sel', 'ect 1'), 8), 'select 1');
    await assert.rejects(
      readBody(sent('select', ' 12'), 8),
      (thrown: unknown) =>
        thrown instanceof Fault && thrown.kind === 'usage' && /longer than 8 bytes/.test(thrown.message),
    );
  });

  it('lets the page load and run its own files only', () => {
    const policy = securityHeaders['content-security-policy'].split('; ');
    assert.ok(policy.includes("default-src 'none'"));
    assert.ok(policy.includes("frame-ancestors 'none'"));
    for (const rule of policy) assert.match(rule, / ('none'|'self')$/);
  });

  it('only reads: nothing is sent but SQL, which is checked to be a SELECT, and the wish for a link', () => {
    const sending = Object.entries(routes).filter(([, { method }]) => method !== 'GET');
    assert.deepEqual(
      sending.map(([path]) => path),
      ['/api/link', '/api/sql', '/api/sql.csv'],
    );
  });

  it('begins in a browser where there is a desktop', () => {
    assert.deepEqual(openerOf({}, 'darwin'), ['open']);
    assert.equal(openerOf({ PATH: '/nowhere', DISPLAY: ':0' }, 'linux'), undefined);
    assert.equal(openerOf({ PATH: process.env['PATH'] }, 'linux'), undefined);
  });
});
