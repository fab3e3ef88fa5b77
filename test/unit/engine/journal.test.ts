import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../../src/errors.ts';
import { Journal } from '../../../src/engine/journal.ts';
import { defineKind } from '../../../src/engine/step.ts';
import { withFolder } from '../../support/folders.ts';

const kind = defineKind({
  name: 'thing',
  inputs: z.object({ size: z.number() }),
  outputs: z.object({ address: z.string() }),
  check: async () => Promise.resolve(undefined),
  run: async () => Promise.resolve({ outputs: { address: 'here' } }),
  undo: async () => Promise.resolve(),
});

const entry = {
  id: 'a',
  kind: 'thing',
  title: 'a',
  needs: [],
  takes: {},
  inputs: { size: 1 },
  state: 'stands',
  outputs: { address: 'here' },
  at: '2026-11-30T21:03:20.024Z',
};

describe('a journal', () => {
  /** Opens a journal with this content. */
  const open = (content: unknown) =>
    withFolder((folder) => {
      const path = join(folder, 'journal.json');
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return Promise.resolve(Journal.open(path, [kind]));
    });
  const refused = async (content: unknown): Promise<Fault> => {
    const error: unknown = await open(content).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.kind, 'environment');
    assert.match(error.where ?? '', /journal\.json$/);
    assert.ok(error.next);
    return error;
  };

  it('is read back with its version, its inputs and its outputs', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'journal.json');
      const step = kind.step({ id: 'a', title: 'a', data: true, inputs: { size: 1 } });
      const written = Journal.open(path, [kind]);
      written.put(step, 'making', undefined);
      assert.equal(written.outputsOf(step), undefined);
      written.put(step, 'stands', { address: 'here' });
      assert.equal((JSON.parse(readFileSync(path, 'utf8')) as { version: number }).version, 2);
      const journal = Journal.open(path, [kind]);
      assert.deepEqual(journal.outputsOf(step), { address: 'here' });
      assert.deepEqual(
        journal.allOf(kind).map(({ inputs, data, state }) => [inputs.size, data, state]),
        [[1, true, 'stands']],
      );
      return Promise.resolve();
    }));

  it('of a newer version is refused: which, where, and what to do', async () => {
    const fault = await refused({ version: 3, entries: [] });
    assert.match(fault.message, /version 3, and this cryptodm knows versions up to 2/);
    assert.match(fault.next ?? '', /newer cryptodm/);
  });

  it('with inputs that are not those of the kind is refused: the step and what is wrong', async () => {
    const fault = await refused({ version: 2, entries: [{ ...entry, inputs: { size: 'big' } }] });
    assert.match(fault.message, /the step a .*thing/);
    assert.match(fault.message, /expected number.*\n.*size/s);
  });

  it('with a step of an unknown kind is refused', async () => {
    assert.match((await refused({ version: 2, entries: [{ ...entry, kind: 'other' }] })).message, /step a .* other/);
  });

  it('that is none is refused', async () => {
    for (const content of [
      '',
      '{',
      '{"entries":[]}',
      { version: 2, entries: [{ id: 1 }] },
      { version: 0, entries: [] },
    ]) {
      assert.match((await refused(content)).message, /is not a journal/);
    }
  });

  it('with outputs that are not those of the kind counts as one that does not know them: the step is made again', async () => {
    const journal = await open({ version: 2, entries: [{ ...entry, outputs: { url: 'there' } }] });
    assert.equal(journal.get('a')?.outputs, undefined);
  });
});
