import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../src/engine/journal.ts';
import { undoSteps, type StepEvent } from '../../../src/engine/run.ts';
import { daemon } from '../../../src/local/steps/daemon.ts';
import { folder } from '../../../src/local/steps/folder.ts';
import { localKinds } from '../../../src/local/steps/kinds.ts';
import { spec } from '../../../src/local/steps/spec.ts';
import { tables } from '../../../src/local/steps/tables.ts';
import { placeEarlierLake } from '../../support/earlier-lake.ts';

const steps = [
  ...['folder', 'log-folder', 'run-folder', 'temporary-folder', 'kafka-folder', 'checkpoints-folder'],
  ...['elasticsearch-folder', 'warehouse-folder', 'resident', 'schedules', 'spec', 'kafka', 'elasticsearch', 'topics'],
  ...['tables', 'index', 'spark', 'jobs', 'producer-quotes', 'producer-trades', 'dashboard'],
];

describe('the journal of a lake that version 0.1.0 raised', () => {
  let placed: ReturnType<typeof placeEarlierLake>;
  const file = () => join(placed.root, 'journal.json');
  const open = () => Journal.open(file(), localKinds);
  const version = () => (JSON.parse(readFileSync(file(), 'utf8')) as { version: number }).version;

  before(() => {
    placed = placeEarlierLake();
  });
  after(() => {
    rmSync(placed.parent, { recursive: true, force: true });
  });

  it('is read: every step with the inputs and outputs of its kind', () => {
    assert.equal(version(), 1);
    const journal = open();
    assert.deepEqual(
      journal
        .all()
        .map((entry) => entry.id)
        .sort(),
      [...steps].sort(),
    );
    assert.ok(journal.all().every((entry) => entry.state === 'stands'));
    assert.match(journal.outputsOf({ id: 'spec', kind: spec })?.hash ?? '', /^[0-9a-f]{16}$/);
    assert.ok(journal.allOf(tables)[0]?.outputs?.tables.some(({ name }) => name === 'crypto_db.crypto_quote'));
    assert.equal(journal.allOf(folder).length, 8);
  });

  it('says which parts run by the spec, as the kinds knew by themselves then', () => {
    const taking = Object.fromEntries(
      open()
        .allOf(daemon)
        .map((entry) => [entry.id, entry.takes['spec']]),
    );
    assert.deepEqual(taking, {
      kafka: undefined,
      elasticsearch: undefined,
      spark: 'spec',
      'producer-quotes': 'spec',
      'producer-trades': 'spec',
      dashboard: 'spec',
    });
  });

  it('is written in the present version once a step changes, and says the same then', () => {
    const journal = open();
    const left = journal.all().filter((entry) => entry.id !== 'jobs');
    journal.drop('jobs');
    assert.equal(version(), 2);
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(plain(open().all()), plain(left));
  });

  it('is enough to undo every step: nothing is left', async () => {
    const events: StepEvent[] = [];
    const journal = open();
    const run = {
      journal,
      session: { env: {} },
      signal: new AbortController().signal,
      onEvent: (event: StepEvent) => events.push(event),
    };
    await undoSteps(journal.all(), run);
    const removed = events.flatMap((event) => (event.event === 'step' && event.state === 'removed' ? [event.id] : []));
    assert.deepEqual(removed.sort(), steps.filter((id) => id !== 'jobs').sort());
    assert.equal(existsSync(file()), false);
    for (const name of ['run', 'kafka', 'warehouse', 'elasticsearch', 'checkpoints']) {
      assert.equal(existsSync(join(placed.root, name)), false, name);
    }
  });
});
