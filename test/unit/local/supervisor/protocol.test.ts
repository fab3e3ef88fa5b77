import assert from 'node:assert/strict';
import type { Daemon } from '../../../../src/local/parts/daemon.ts';
import { readRequest, writeRequest } from '../../../../src/local/supervisor/protocol.ts';

describe('a request to the supervisor', () => {
  it('arrives as it was sent', () => {
    const daemon = { id: 'kafka', title: 'Kafka 4.4.0' } as Daemon;
    for (const { method, path, body, route, takes } of [
      { ...writeRequest('GET /state', {}), route: 'GET /state', takes: {} },
      {
        ...writeRequest('GET /status', { query: { age: 1500 } }),
        route: 'GET /status',
        takes: { query: { age: 1500 } },
      },
      {
        ...writeRequest('PUT /parts/:part', { part: 'kafka', content: { daemon, secrets: { A: 'b' } } }),
        route: 'PUT /parts/:part',
        takes: { part: 'kafka', content: { daemon, secrets: { A: 'b' } } },
      },
      {
        ...writeRequest('DELETE /parts/:part', { part: 'kafka' }),
        route: 'DELETE /parts/:part',
        takes: { part: 'kafka' },
      },
    ]) {
      const read = readRequest(method, path, body);
      assert.deepEqual(read, { route, takes: { part: undefined, query: {}, content: undefined, ...takes } });
    }
  });

  it('has the path and the method that HTTP shows', () => {
    const { method, path } = writeRequest('GET /status', { query: { age: 0 } });
    assert.deepEqual([method, path], ['GET', '/status?age=0']);
    assert.equal(writeRequest('DELETE /parts/:part', { part: 'producer-quotes' }).path, '/parts/producer-quotes');
    assert.equal(readRequest('GET', '/parts/../state', '').route, 'GET /state');
    assert.equal(readRequest('DELETE', '/parts/A', '').route, 'DELETE /parts/A');
  });
});
