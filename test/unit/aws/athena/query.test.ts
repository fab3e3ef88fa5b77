import { deepEqual, equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { runCommand, type RunOptions } from '../../../support/command-line.ts';

type Body = Record<string, unknown>;

const column = (Name: string, Type: string, Precision = 0, Scale = 0) => ({
  Name,
  Label: Name,
  Type,
  Precision,
  Scale,
});
const row = (...values: (string | undefined)[]) => ({
  Data: values.map((VarCharValue) => (VarCharValue === undefined ? {} : { VarCharValue })),
});
const ColumnInfo = [
  column('asset_id', 'varchar'),
  column('price', 'decimal', 24, 12),
  column('seen', 'timestamp with time zone'),
];

/** Athena at the wire: https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html */
class FakeAthena {
  readonly asked: { operation: string; body: Body }[] = [];
  states: Body[] = [];
  private readonly server: Server = createServer((request, response) => {
    void json(request).then((body) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      this.asked.push({ operation, body: body as Body });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(this.answer(operation, body as Body)));
    });
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  operations(): string[] {
    return this.asked.map(({ operation }) => operation);
  }

  private answer(operation: string, { NextToken }: Body): Body {
    if (operation === 'StartQueryExecution') return { QueryExecutionId: 'q-1' };
    if (operation === 'GetQueryExecution') {
      const Status = this.states.length > 1 ? this.states.shift() : this.states[0];
      return { QueryExecution: { Status, StatementType: 'DML', Statistics: { DataScannedInBytes: 20_000_000 } } };
    }
    if (operation !== 'GetQueryResults') return {};
    const ResultSetMetadata = { ColumnInfo };
    const first = [row('asset_id', 'price', 'seen'), row('BTC', '1.500000000000', '2025-07-08 05:43:00.000 UTC')];
    return NextToken === undefined
      ? { ResultSet: { Rows: first, ResultSetMetadata }, NextToken: '2' }
      : { ResultSet: { Rows: [row('LTC', undefined, undefined)], ResultSetMetadata } };
  }
}

describe('query on a lake in an account', () => {
  let athena: FakeAthena;
  const before = { ...process.env };
  const names = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

  beforeEach(async () => {
    athena = new FakeAthena();
    process.env['AWS_ENDPOINT_URL'] = await athena.start();
    process.env['AWS_ACCESS_KEY_ID'] = 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
    athena.states = [{ State: 'QUEUED' }, { State: 'RUNNING' }, { State: 'SUCCEEDED' }];
  });

  afterEach(async () => {
    for (const name of names) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
    await athena.stop();
  });

  const query = (args: string[], options: RunOptions = {}) =>
    runCommand(['query', ...args], { ...options, env: { CRYPTODM_TARGET: 'aws', CRYPTODM_AWS_PREFIX: 'acme-lake' } });

  it('waits for the end and gives all pages, as JSON and as CSV', async () => {
    const { code, stdout } = await query(['select * from crypto_quote;', '--format', 'json']);
    equal(code, 0);
    deepEqual(JSON.parse(stdout), [
      { asset_id: 'BTC', price: '1.500000000000', seen: '2025-07-08T05:43:00Z' },
      { asset_id: 'LTC', price: null, seen: null },
    ]);
    const { body } = athena.asked[0] ?? {};
    equal(body?.['QueryString'], 'select * from crypto_quote');
    equal(body['WorkGroup'], 'acme-lake-lake');
    deepEqual(body['QueryExecutionContext'], { Database: 'crypto_db' });
    const csv = await query(['select 1', '--format', 'csv']);
    equal(csv.stdout, 'asset_id,price,seen\r\nBTC,1.500000000000,2025-07-08T05:43:00Z\r\nLTC,,\r\n');
  });

  it('says what was scanned and what it cost, when asked to say more', async () => {
    const { stderr, stdout } = await query(['select 1', '--verbose']);
    match(stderr, /2 rows in .*; 20\.00 MB scanned, about 0\.000100 dollars/);
    match(stdout, /BTC +1\.5 /);
    equal((await query(['select 1', '--quiet'])).stderr, '');
  });

  it('shows where a statement is wrong', async () => {
    const reason = "COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved or requester is not authorized";
    athena.states = [{ State: 'FAILED', StateChangeReason: reason }];
    const { code, stderr } = await query(['select 1,\n  x from t']);
    equal(code, 7);
    match(stderr, /Column 'x' cannot be resolved.*\n.*x from t\n +\^\n.*line 2, column 3/);
  });

  it('says what to do at the limit of bytes', async () => {
    athena.states = [{ State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' }];
    const { code, stderr } = await query(['select 1']);
    equal(code, 7);
    match(stderr, /would scan more than 10 GB[\s\S]*aws\.queryLimitGb/);
  });

  it('stops a query that takes too long, and one that was interrupted', async () => {
    athena.states = [{ State: 'RUNNING' }];
    const late = await query(['select 1', '--timeout', '300ms']);
    equal(late.code, 7);
    match(late.stderr, /longer than 0\.3 s/);
    equal(athena.operations().at(-1), 'StopQueryExecution');
    athena.asked.length = 0;
    const stop = new AbortController();
    const running = query(['select 1'], { signal: stop.signal });
    while (!athena.operations().includes('GetQueryExecution')) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    equal((await running).code, 130);
    equal(athena.operations().at(-1), 'StopQueryExecution');
  });
});
