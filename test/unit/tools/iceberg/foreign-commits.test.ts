import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Snapshot, TableMetadata } from '../../../../src/tools/iceberg/metadata.ts';
import { foreignCommits } from '../../../../src/tools/iceberg/foreign-commits.ts';

interface Case {
  from: number | null;
  sequence: number;
  operation: string;
  summary: Record<string, string>;
  foreign: { engine: string; added: number; deleted: number } | null;
}

const snapshot = (sequence: number, more: Record<string, string> = {}, parent?: number): Snapshot => ({
  ...{ id: String(sequence), parentId: parent === undefined ? undefined : String(parent), sequence },
  ...{ at: sequence * 1000, schemaId: 0, manifestList: undefined },
  summary: { operation: 'append', 'added-records': '1', ...more },
});

const table = (snapshots: Snapshot[], properties: Record<string, string> = { 'cryptodm.foreign.from': '0' }) => ({
  ...{ snapshots, properties, current: snapshots.at(-1), log: [] as TableMetadata['log'] },
});

const named = (its: Parameters<typeof foreignCommits>[0]) => foreignCommits(its).map(({ at }) => Date.parse(at) / 1000);

describe('commits of other engines', () => {
  it('follow the rule that the JVM side has', () => {
    const { cases } = JSON.parse(readFileSync('test/fixtures/foreign/commits.json', 'utf8')) as { cases: Case[] };
    for (const { from, sequence, operation, summary, foreign } of cases) {
      const its = { ...snapshot(sequence), summary: { operation, ...summary } };
      const found = foreignCommits(table([its], from === null ? {} : { 'cryptodm.foreign.from': String(from) }));
      const expected = foreign === null ? [] : [{ commits: 1, at: '1970-01-01T00:00:05.000Z', operation, ...foreign }];
      assert.deepEqual(found, expected, JSON.stringify(summary));
    }
  });

  it('are not those that remove whole files of a table that keeps its rows for some days', () => {
    const removal = { operation: 'delete', 'deleted-data-files': '2', trino_query_id: 'q' };
    const removing = (more: Record<string, string>) => ({ ...snapshot(5), summary: { ...removal, ...more } });
    const kept = { 'cryptodm.foreign.from': '0', 'cryptodm.keep.days': '30' };
    assert.deepEqual(named(table([removing({})], kept)), []);
    assert.deepEqual(named(table([removing({ 'added-delete-files': '1' })], kept)), [5]);
    assert.deepEqual(named(table([removing({ operation: 'overwrite', 'added-data-files': '1' })], kept)), [5]);
    assert.deepEqual(named(table([removing({})], { ...kept, 'cryptodm.keep.days': '0' })), [5]);
    assert.deepEqual(named(table([removing({})])), [5]);
  });

  it('are those of the table’s own line, remembered or not, until they are accepted', () => {
    const remembered = JSON.stringify([
      { first: 2, last: 2, commits: 1, at: 2000, engine: 'spark', operation: 'append', added: 1, deleted: 0 },
    ]);
    const properties = { 'cryptodm.foreign.from': '0', 'cryptodm.foreign.commits': remembered };
    const line = [snapshot(2), snapshot(5), snapshot(6, { 'cryptodm.commit': 'a' }, 5)];
    assert.deepEqual(named(table(line, properties)), [2, 5]);
    assert.deepEqual(named(table(line, { ...properties, 'cryptodm.foreign.accepted': '2' })), [5]);
    assert.deepEqual(named(table(line, { ...properties, 'cryptodm.foreign.accepted': '5' })), []);
    assert.deepEqual(named(table(line, { ...properties, 'cryptodm.foreign.allowed': 'true' })), []);
    assert.deepEqual(named(table(line, { ...properties, 'cryptodm.foreign.commits': 'broken' })), [5]);
  });

  it('are not those of a branch, but those of a state that the table once had', () => {
    const line = [snapshot(4), snapshot(5), snapshot(6, { 'cryptodm.commit': 'a' })];
    assert.deepEqual(named(table(line)), []);
    assert.deepEqual(named({ ...table(line), log: [{ at: 4000, snapshotId: '4' }] }), [4]);
  });
});
