import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { closest, explainFailure, isFileGone, readEngineError } from '../../../../src/local/query/failure.ts';

const tables = ['crypto_db.bad_record', 'crypto_db.crypto_assets', 'crypto_db.crypto_quote', 'crypto_db.crypto_trader'];
const context = { sql: 'select nope from t', memoryBytes: 2 ** 30 };

describe('failures of the SQL engine', () => {
  it('read alike with and without JSON', () => {
    const bare = readEngineError(
      new Error('{"exception_type":"Binder","exception_message":"m","position":"7","candidates":"a,b"}'),
    );
    assert.deepEqual([bare?.type, bare?.message, bare?.position, bare?.candidates], ['Binder', 'm', 7, ['a', 'b']]);
    const led = readEngineError(new Error('Parser Error: {"exception_type":"Parser","exception_message":"m"}'));
    assert.deepEqual([led?.type, led?.position], ['Parser', undefined]);
    assert.equal(readEngineError(new Error('Out of Memory Error: failed to allocate'))?.type, 'Out of Memory');
    assert.equal(readEngineError(new Error('whatever')), undefined);
  });

  it('name the columns that come close and the place', () => {
    const fault = explainFailure(
      new Error(
        '{"exception_type":"Binder","exception_message":"Referenced column","candidates":"note,open","position":"7",' +
          '"error_subtype":"COLUMN_NOT_FOUND","name":"nope"}',
      ),
      context,
    );
    assert.equal(fault.kind, 'query');
    assert.equal(fault.message, 'no column "nope"\nselect nope from t\n       ^');
    assert.equal(fault.where, 'line 1, column 8');
    assert.match(fault.next ?? '', /note, open/);
  });

  it('stay Faults, and a defect of ours is not blamed on the SQL', () => {
    const fault = new Fault('part', 'no lake');
    assert.equal(explainFailure(fault, context), fault);
    assert.equal(explainFailure(new TypeError('x is undefined'), context).kind, 'internal');
  });

  it('distinguish a missing file from other faults', () => {
    const io = (message: string) => new Error(JSON.stringify({ exception_type: 'IO', exception_message: message }));
    assert.ok(isFileGone(io('Cannot open file "/w/m.json": No such file or directory')));
    assert.ok(isFileGone(Object.assign(new Error('gone'), { code: 'ENOENT' })));
    assert.ok(!isFileGone(io('disk full')));
    assert.ok(
      !isFileGone(
        new Error(JSON.stringify({ exception_type: 'Catalog', exception_message: 'Table x does not exist' })),
      ),
    );
    assert.ok(!isFileGone(new Fault('query', 'no such file')));
  });

  for (const [wanted, meant] of [
    ['crypto_qoute', 'crypto_db.crypto_quote'],
    ['crypto_db.cryptotrader', 'crypto_db.crypto_trader'],
    ['quotes', 'crypto_db.crypto_quote'],
    ['bad_records', 'crypto_db.bad_record'],
    ['customers', undefined],
    ['x', undefined],
  ] as const) {
    it(`${wanted} may mean ${meant ?? 'nothing'}`, () => assert.equal(closest(wanted, tables), meant));
  }
});
