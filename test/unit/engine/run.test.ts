import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../../src/errors.ts';
import { Journal } from '../../../src/engine/journal.ts';
import { applySteps, inOrder, undoSteps, type Run, type StepEvent } from '../../../src/engine/run.ts';
import type { Step, StepKinds } from '../../../src/engine/step.ts';
import { withFolder } from '../../support/folders.ts';

/** A world of named things: a step of kind `thing` puts its id there, with its inputs as the value. */
class World {
  readonly things = new Map<string, unknown>();
  readonly acts: string[] = [];
  readonly broken = new Set<string>();

  readonly kinds: StepKinds = {
    thing: {
      check: (inputs: { id: string; value: unknown }) =>
        Promise.resolve(this.things.get(inputs.id) === inputs.value ? { outputs: inputs.value } : undefined),
      run: (inputs: { id: string; value: unknown }) => {
        if (this.broken.has(inputs.id)) return Promise.reject(new Fault('part', `${inputs.id} is broken`));
        this.acts.push(`+${inputs.id}`);
        this.things.set(inputs.id, inputs.value);
        return Promise.resolve({ outputs: inputs.value });
      },
      undo: (inputs: { id: string }) => {
        if (this.broken.has(inputs.id)) return Promise.reject(new Error('stuck'));
        this.acts.push(`-${inputs.id}`);
        this.things.delete(inputs.id);
        return Promise.resolve();
      },
    },
  };
}

const step = (id: string, needs: string[] = [], more: Partial<Step> = {}, value: unknown = 1): Step => ({
  id,
  kind: 'thing',
  title: id,
  needs,
  inputs: { id, value },
  ...more,
});

function runIn(folder: string, world: World, signal = new AbortController().signal): { run: Run; events: StepEvent[] } {
  const events: StepEvent[] = [];
  const journal = Journal.open(join(folder, 'journal.json'));
  return { run: { kinds: world.kinds, journal, signal, onEvent: (event) => events.push(event) }, events };
}

describe('applying steps', () => {
  it('makes each after those it needs, and a second time changes nothing', () =>
    withFolder(async (folder) => {
      const world = new World();
      const steps = [step('c', ['b']), step('b', ['a']), step('a')];
      assert.deepEqual(await applySteps(steps, runIn(folder, world).run), { changed: ['a', 'b', 'c'] });
      assert.deepEqual(await applySteps(steps, runIn(folder, world).run), { changed: [] });
      assert.deepEqual(world.acts, ['+a', '+b', '+c']);
    }));

  it('repairs just what is gone', () =>
    withFolder(async (folder) => {
      const world = new World();
      const steps = [step('a'), step('b', ['a']), step('c', ['b'])];
      await applySteps(steps, runIn(folder, world).run);
      world.things.delete('b');
      assert.deepEqual(await applySteps(steps, runIn(folder, world).run), { changed: ['b'] });
    }));

  it('writes the journal before acting, so that a failed step is undone too', () =>
    withFolder(async (folder) => {
      const world = new World();
      world.broken.add('b');
      const { run } = runIn(folder, world);
      await assert.rejects(applySteps([step('a'), step('b', ['a']), step('c', ['b'])], run), /b is broken/);
      const journal = Journal.open(join(folder, 'journal.json'));
      assert.deepEqual(
        journal.all().map((entry) => [entry.id, entry.state]),
        [
          ['a', 'stands'],
          ['b', 'making'],
        ],
      );
      world.broken.clear();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, world).run);
      assert.deepEqual([...world.things.keys()], ['a', 'b', 'c']);
    }));

  it('removes what the plan no longer holds', () =>
    withFolder(async (folder) => {
      const world = new World();
      await applySteps([step('a'), step('b', ['a'])], runIn(folder, world).run);
      await applySteps([step('a')], runIn(folder, world).run);
      assert.deepEqual([...world.things.keys()], ['a']);
    }));

  it('starts nothing new once it is told to stop', () =>
    withFolder(async (folder) => {
      const world = new World();
      const stop = new AbortController();
      const { run } = runIn(folder, world, stop.signal);
      const steps = [step('a'), step('b', ['a'])];
      const onEvent = run.onEvent;
      const stopping: Run = {
        ...run,
        onEvent: (event) => {
          onEvent(event);
          if (event.event === 'step' && event.id === 'a' && event.state === 'done') stop.abort();
        },
      };
      await assert.rejects(applySteps(steps, stopping), (error: Fault) => error.kind === 'interrupted');
      assert.deepEqual([...world.things.keys()], ['a']);
    }));

  it('refuses needs that are not there or go in a circle', () =>
    withFolder(async (folder) => {
      const world = new World();
      await assert.rejects(applySteps([step('a', ['x'])], runIn(folder, world).run), /needs x/);
      assert.throws(() => inOrder([step('a', ['b']), step('b', ['a'])]), /a -> b -> a/);
    }));
});

describe('undoing steps', () => {
  it('goes the other way round, and heeds what must outlive a step', () =>
    withFolder(async (folder) => {
      const world = new World();
      const steps = [step('a'), step('b', ['a']), step('spark', [], { before: ['kafka'] }), step('kafka', ['a'])];
      await applySteps(steps, runIn(folder, world).run);
      world.acts.length = 0;
      const { run } = runIn(folder, world);
      await undoSteps(run.journal.all(), run);
      assert.ok(world.acts.indexOf('-spark') < world.acts.indexOf('-kafka'));
      assert.equal(world.acts.at(-1), '-a');
      assert.equal(existsSync(join(folder, 'journal.json')), false);
    }));

  it('goes on after a failure, tells all, and keeps what remains', () =>
    withFolder(async (folder) => {
      const world = new World();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, world).run);
      world.broken.add('c').add('a');
      const { run } = runIn(folder, world);
      await assert.rejects(undoSteps(run.journal.all(), run), (error: Fault) => error.message === 'c: stuck\na: stuck');
      const kept = JSON.parse(readFileSync(join(folder, 'journal.json'), 'utf8')) as { entries: Step[] };
      assert.deepEqual(
        kept.entries.map((entry) => entry.id),
        ['a', 'c'],
      );
    }));

  it('stops between two steps when it is interrupted, and the next one does the rest', () =>
    withFolder(async (folder) => {
      const world = new World();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, world).run);
      const stop = new AbortController();
      const { run } = runIn(folder, world);
      const onEvent = (event: StepEvent) => {
        if (event.event === 'step' && event.id === 'b') stop.abort();
      };
      const interrupted = undoSteps(run.journal.all(), { ...run, signal: stop.signal, onEvent });
      await assert.rejects(interrupted, (error: Fault) => error.exitCode === 130);
      assert.deepEqual([...world.things.keys()], ['a']);
      await undoSteps(run.journal.all(), run);
      assert.equal(world.things.size, 0);
    }));
});
