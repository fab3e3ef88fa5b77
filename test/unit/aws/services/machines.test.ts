import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Fault } from '../../../../src/errors.ts';
import { endHost } from '../../../../src/aws/services/machines.ts';
import { changeEnvironment } from '../../../support/environment.ts';

describe('the end of the producer host', () => {
  let server: Server;
  let restore: () => void;
  let state = '';
  const asked: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const action = new URLSearchParams(body).get('Action') ?? '';
        asked.push(action);
        const instance = `<item><instanceId>i-1</instanceId><instanceState><name>${state}</name></instanceState></item>`;
        const reservations = `<reservationSet><item><instancesSet>${instance}</instancesSet></item></reservationSet>`;
        response.setHeader('content-type', 'text/xml');
        response.end(`<${action}Response>${reservations}</${action}Response>`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    restore = changeEnvironment({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });

  after(() => {
    restore();
    server.close();
  });

  it('is over when EC2 calls it terminated', async () => {
    state = 'terminated';
    await endHost({ region: 'us-east-1' }, 'i-1', new AbortController().signal);
    assert.deepEqual(asked.splice(0), ['TerminateInstances', 'DescribeInstances']);
  });

  it('is a fault when it goes on running, because its producers may still send', async () => {
    state = 'shutting-down';
    await assert.rejects(endHost({ region: 'us-east-1' }, 'i-1', new AbortController().signal, 0), (error: unknown) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.kind, 'part');
      assert.match(error.message, /i-1 does not shut down/);
      return true;
    });
  });
});
