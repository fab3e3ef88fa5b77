import assert from 'node:assert/strict';
import {
  compareLayer,
  compareQuotes,
  compareSeen,
  compareTotals,
  compareTrades,
  type QuoteRow,
  type TradeRow,
} from '../../faults/comparison.ts';
import { ExpectedBad, ExpectedQuotes, ExpectedTrades, Malformed } from '../../faults/expected.ts';
import { noFindings, type Findings } from '../../faults/findings.ts';
import { TopicLog, type LogRecord } from '../../faults/log.ts';
import type { Observation } from '../../faults/observation.ts';

function record(offset: number, value: string | null, source = 'replay'): LogRecord {
  return {
    partition: 0,
    offset,
    generation: 0,
    key: 'A/USD',
    value: value === null ? null : Buffer.from(value),
    headers: { source },
  };
}

function bar(close: string): string {
  return `{"bars":{"A/USD":{"c":${close},"h":9,"l":1,"n":3,"o":2,"t":"2024-01-01T00:00:00Z","v":1.5,"vw":null}}}`;
}

function row(close: string, at: number): QuoteRow {
  return {
    asset_id: 'A',
    asset_type: 'USD',
    start_window: '2024-01-01T00:00:00Z',
    price_crypto: close,
    open_price: '2.000000000000',
    high_price: '9.000000000000',
    low_price: '1.000000000000',
    volume: '1.500000000000',
    vwap: null,
    trade_count: '3',
    source: 'replay',
    revision: at,
  };
}

function findingsOf(rows: QuoteRow[], records: LogRecord[]): Findings {
  const expected = new ExpectedQuotes(new Malformed());
  for (const each of records) expected.apply(each);
  const findings = noFindings();
  compareQuotes(rows, expected, findings);
  return findings;
}

describe('comparison of rows with the log', () => {
  const records = [record(0, bar('5')), record(1, bar('4'))];

  it('is content with the last revision', () => {
    assert.deepEqual(findingsOf([row('4.000000000000', 1)], records), noFindings());
  });

  it('finds a lost row, a doubled one, an older revision, and one of no record', () => {
    assert.equal(findingsOf([], records).lost.length, 1);
    assert.equal(findingsOf([row('4', 1), row('4', 1)], records).doubled.length, 1);
    assert.equal(findingsOf([row('5', 0)], records).wrong.length, 1);
    assert.equal(findingsOf([row('4', 0)], records).wrong.length, 1);
    assert.equal(findingsOf([row('4', 1), { ...row('4', 1), asset_id: 'B' }], records).wrong.length, 1);
  });

  it('takes the revision of an equal record, which need not be written again', () => {
    const back = [...records, record(2, bar('5'))];
    assert.deepEqual(findingsOf([row('5', 0)], back), noFindings());
    assert.deepEqual(findingsOf([row('5', 2)], back), noFindings());
    assert.equal(findingsOf([row('5', 1)], back).wrong.length, 1);
  });

  it('keeps to the first record of a transaction', () => {
    const trade = (quantity: string) =>
      `{"transaction_id":"t","document_id":"u","asset_id":"A","asset_type":"USD",` +
      `"transaction_timestamp":"2024-01-01T00:00:00.000Z","trade_type":"BUY","quantity":${quantity},"ref_date":"2024-01-01"}`;
    const expected = new ExpectedTrades(new Malformed());
    expected.apply(record(0, trade('1'), 'user'));
    expected.apply(record(1, trade('1'), 'user'));
    const stands: TradeRow = {
      transaction_id: 't',
      document_id: 'u',
      asset_id: 'A',
      asset_type: 'USD',
      transaction_timestamp: '2024-01-01T00:00:00Z',
      trade_type: 'BUY',
      quantity: '1.000000000000',
      source: 'user',
      revision: 0,
    };
    const findings = noFindings();
    compareTrades([stands], expected, findings);
    assert.deepEqual(findings, noFindings());
    compareTrades([{ ...stands, revision: 1 }], expected, findings);
    compareTrades([], expected, findings);
    assert.deepEqual([findings.wrong.length, findings.lost.length], [1, 1]);
  });

  it('counts malformed records by the log, and takes the right half of one', () => {
    const malformed = new Malformed();
    malformed.add('{', /^not JSON/, false);
    const half = bar('3').replace('}}', `},"x":{"c":1}}`);
    malformed.add(half, /no pair/, true);
    const [bad, quotes] = [new ExpectedBad(malformed), new ExpectedQuotes(malformed)];
    for (const each of [record(0, '{'), record(1, null), record(2, half), record(3, bar('2'))]) {
      bad.apply('coinbase-currencies', each);
      quotes.apply(each);
    }
    assert.deepEqual(
      [...bad.rows.keys()].map((at) => /0\/\d/.exec(at)?.[0]),
      ['0/0', '0/1', '0/2'],
    );
    assert.deepEqual(
      [...quotes.rows.values()].map(({ revision }) => revision),
      [3],
    );
  });
});

describe('comparison of silver and gold', () => {
  const count = (rows: Record<string, unknown>[], expected: Record<string, unknown>[]) => {
    const findings = noFindings();
    compareLayer('t', rows, expected, findings);
    return findings.wrong.length;
  };

  it('finds another value, a row too few and a row too many', () => {
    assert.equal(count([{ a: '1' }, { a: '2' }], [{ a: '1' }, { a: '2' }]), 0);
    assert.equal(count([{ a: '1' }, { a: '3' }], [{ a: '1' }, { a: '2' }]), 1);
    assert.equal(count([{ a: '1' }], [{ a: '1' }, { a: '2' }]), 1);
    assert.equal(count([{ a: '1' }, { a: '2' }], [{ a: '1' }]), 1);
  });
});

describe('comparison of what a reader saw', () => {
  const log = new TopicLog([record(0, bar('5')), record(1, bar('4')), record(2, bar('3'))]);

  function seen(...observations: Partial<Observation>[]): Findings {
    const expected = new ExpectedQuotes(new Malformed());
    let from: Record<number, number> = {};
    const findings = noFindings();
    const whole = observations.map((observation): Observation => ({
      table: 'crypto_quote',
      rows: 1,
      keys: 1,
      first: '0',
      second: '1.5',
      ...observation,
    }));
    const prefixes = {
      advance: (_table: string, to: NonNullable<Observation['offsets']>) => {
        const { offsets } = to['coinbase-currencies'] ?? { offsets: from };
        for (const each of log.between(from, offsets)) expected.apply({ ...each, generation: 0 });
        from = offsets;
        return expected.totals;
      },
    };
    compareSeen({ observations: whole, failures: [], queries: whole.length }, prefixes, new Map(), findings);
    return findings;
  }
  const at = (end: number, generation = 0) => ({ 'coinbase-currencies': { generation, offsets: { 0: end } } });

  it('is content with a prefix of the log, again and again', () => {
    const findings = seen(
      { offsets: at(1), first: '5' },
      { offsets: at(1), first: '5' },
      { offsets: at(3), first: '3' },
    );
    assert.deepEqual(findings, noFindings());
  });

  it('finds a part of a batch, a record beyond, a key twice, a step back, and a failed query', () => {
    assert.equal(seen({ offsets: at(2), first: '5' }).seen.length, 1);
    assert.equal(seen({ offsets: at(1), first: '4' }).seen.length, 1);
    assert.equal(seen({ offsets: at(1), first: '5', rows: 2 }).seen.length, 2);
    assert.equal(seen({ offsets: at(2), first: '4' }, { offsets: at(1), first: '5' }).seen.length, 1);
    const findings = noFindings();
    const nothing = { advance: () => ({ rows: 0, first: 0n, second: 0n }) };
    compareSeen(
      { observations: [], failures: [{ failed: 'why', sql: 'select' }], queries: 1 },
      nothing,
      new Map(),
      findings,
    );
    assert.equal(findings.seen.length, 1);
  });

  it('finds a whole table of other sums', () => {
    const findings = noFindings();
    compareTotals('t', { rows: 1, keys: 1, first: '2', second: '0' }, { rows: 1, first: 1n, second: 0n }, findings);
    assert.equal(findings.wrong.length, 1);
  });
});
