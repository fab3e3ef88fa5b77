import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../../src/errors.ts';
import { Journal } from '../../../src/engine/journal.ts';
import { inOrder } from '../../../src/engine/order.ts';
import { applySteps, undoSteps, type Run, type StepEvent } from '../../../src/engine/run.ts';
import { kindsFor, type Step } from '../../../src/engine/step.ts';
import { withFolder } from '../../support/folders.ts';

/** A lake of named things: a step of kind `thing` puts its id there, with its inputs as the value. */
class FakeLake {
  readonly things = new Map<string, unknown>();
  readonly acts: string[] = [];
  readonly broken = new Set<string>();
  /** what happens when a thing was made */
  afterMaking: (id: string) => { again?: boolean } | undefined = () => undefined;
}

const thing = kindsFor<FakeLake>()({
  name: 'thing',
  inputs: z.object({ id: z.string(), value: z.number() }),
  outputs: z.number(),

  check: ({ id, value }, _, { session: fake }) =>
    Promise.resolve(fake.things.get(id) === value ? { outputs: value } : undefined),

  run: ({ id, value }, { session: fake }) => {
    if (fake.broken.has(id)) return Promise.reject(new Fault('part', `${id} is broken`));
    fake.acts.push(`+${id}`);
    fake.things.set(id, value);
    return Promise.resolve({ outputs: value, ...fake.afterMaking(id) });
  },

  undo: ({ id }, _, { session: fake }) => {
    if (fake.broken.has(id)) return Promise.reject(new Error('stuck'));
    fake.acts.push(`-${id}`);
    fake.things.delete(id);
    return Promise.resolve();
  },
});

/** A thing that takes the values of two others. */
const sum = kindsFor<FakeLake>()({
  name: 'sum',
  inputs: z.object({}),
  outputs: z.number(),
  takes: { left: z.number(), right: z.number().optional() },

  check: (_inputs, outputs, { taken: { left, right } }) =>
    Promise.resolve(outputs === left + (right ?? 0) ? { outputs } : undefined),

  run: (_inputs, { taken: { left, right } }) => Promise.resolve({ outputs: left + (right ?? 0) }),

  undo: (_inputs, _outputs, { taken: { left }, session: fake }) => {
    fake.acts.push(`-sum of ${String(left)}`);
    return Promise.resolve();
  },
});

/** Alive as long as the lake has a heart. */
const livingKind = (fake: FakeLake) => ({ ...thing, name: 'living', lives: () => fake.things.has('heart') });

type FakeStep = Step<unknown, FakeLake>;

const step = (id: string, needs: string[] = [], more: { before?: string[] } = {}, value = 1): FakeStep =>
  thing.step({
    id,
    title: id,
    needs: needs.map((need) => ({ id: need })),
    inputs: { id, value },
    ...(more.before === undefined ? {} : { before: more.before.map((other) => ({ id: other })) }),
  });

function runIn(
  folder: string,
  fake: FakeLake,
  signal = new AbortController().signal,
): { run: Run<FakeLake>; events: StepEvent[] } {
  const events: StepEvent[] = [];
  const journal = Journal.open(join(folder, 'journal.json'), [thing, sum, livingKind(fake)]);
  return { run: { journal, session: fake, signal, onEvent: (event) => events.push(event) }, events };
}

describe('applying steps', () => {
  it('makes each after those it needs, and a second time changes nothing', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const steps = [step('c', ['b']), step('b', ['a']), step('a')];
      assert.deepEqual(await applySteps(steps, runIn(folder, fake).run), { changed: ['a', 'b', 'c'] });
      assert.deepEqual(await applySteps(steps, runIn(folder, fake).run), { changed: [] });
      assert.deepEqual(fake.acts, ['+a', '+b', '+c']);
    }));

  it('repairs just what is gone', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const steps = [step('a'), step('b', ['a']), step('c', ['b'])];
      await applySteps(steps, runIn(folder, fake).run);
      fake.things.delete('b');
      assert.deepEqual(await applySteps(steps, runIn(folder, fake).run), { changed: ['b'] });
    }));

  it('writes the journal before acting, so that a failed step is undone too', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      fake.broken.add('b');
      const { run } = runIn(folder, fake);
      await assert.rejects(applySteps([step('a'), step('b', ['a']), step('c', ['b'])], run), /b is broken/);
      const { journal } = runIn(folder, fake).run;
      assert.deepEqual(
        journal.all().map((entry) => [entry.id, entry.state]),
        [
          ['a', 'stands'],
          ['b', 'making'],
        ],
      );
      fake.broken.clear();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, fake).run);
      assert.deepEqual([...fake.things.keys()], ['a', 'b', 'c']);
    }));

  it('removes what the plan no longer holds', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      await applySteps([step('a'), step('b', ['a'])], runIn(folder, fake).run);
      await applySteps([step('a')], runIn(folder, fake).run);
      assert.deepEqual([...fake.things.keys()], ['a']);
    }));

  it('starts nothing new once it must stop', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const stop = new AbortController();
      const { run } = runIn(folder, fake, stop.signal);
      const steps = [step('a'), step('b', ['a'])];
      const onEvent = run.onEvent;
      const stopping: Run<FakeLake> = {
        ...run,
        onEvent: (event) => {
          onEvent(event);
          if (event.event === 'step' && event.id === 'a' && event.state === 'done') stop.abort();
        },
      };
      await assert.rejects(applySteps(steps, stopping), (error: Fault) => error.kind === 'interrupted');
      assert.deepEqual([...fake.things.keys()], ['a']);
    }));

  it('gives each the outputs that it takes, typed, and makes it again when they change', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const plan = (right: number) => {
        const left = thing.step({ id: 'left', title: 'left', inputs: { id: 'left', value: 1 } });
        const other = thing.step({ id: 'other', title: 'other', inputs: { id: 'other', value: right } });
        const total = sum.step({ id: 'total', title: 'total', takes: { left, right: other }, inputs: {} });
        return { steps: [total, left, other], total };
      };
      const { steps, total } = plan(2);
      assert.deepEqual(total.needs, ['left', 'other']);
      const { run } = runIn(folder, fake);
      assert.deepEqual(await applySteps(steps, run), { changed: ['left', 'other', 'total'] });
      assert.equal(run.journal.outputsOf(total), 3);
      assert.deepEqual(await applySteps(plan(5).steps, run), { changed: ['other', 'total'] });
      assert.equal(run.journal.outputsOf(total), 6);
      await undoSteps(run.journal.all(), run);
      assert.ok(fake.acts.includes('-sum of 1'));
    }));

  it('says whose outputs are missing and what to do', () =>
    withFolder(async (folder) => {
      const left = thing.step({ id: 'left', title: 'left', inputs: { id: 'left', value: 1 } });
      const total = sum.step({ id: 'total', title: 'the total', takes: { left }, inputs: {} });
      await assert.rejects(
        applySteps([total], runIn(folder, new FakeLake()).run, { keepOthers: true }),
        (fault: Fault) =>
          /the total needs what the step left reports/.test(fault.message) && /up/.test(fault.next ?? ''),
      );
    }));

  it('goes round again when a step asks for it, until nothing changes', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      fake.afterMaking = (id) => {
        if (id !== 'b') return undefined;
        // What "a" was made from is another now.
        fake.things.delete('a');
        fake.afterMaking = () => undefined;
        return { again: true };
      };
      assert.deepEqual(await applySteps([step('a'), step('b', ['a'])], runIn(folder, fake).run), {
        changed: ['a', 'b'],
      });
      assert.deepEqual(fake.acts, ['+a', '+b', '+a']);
    }));

  it('makes again what died while the others were made, and takes no failure of theirs for the last word', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const heart = livingKind(fake);
      const steps: FakeStep[] = [
        { ...thing.step({ id: 'heart', title: 'heart', inputs: { id: 'heart', value: 1 } }), kind: heart },
        step('b', ['heart']),
      ];
      fake.broken.add('b');
      const { run } = runIn(folder, fake);
      const dying: Run<FakeLake> = {
        ...run,
        onEvent: (event) => {
          if (event.event !== 'step' || event.id !== 'b' || event.state !== 'failed') return;
          fake.things.delete('heart');
          fake.broken.clear();
        },
      };
      assert.deepEqual(await applySteps(steps, dying), { changed: ['heart', 'b'] });
      assert.deepEqual(fake.acts, ['+heart', '+heart', '+b']);

      fake.broken.add('b');
      fake.things.delete('b');
      await assert.rejects(applySteps(steps, run), /b is broken/, 'nothing died: the failure stands');
    }));

  it('gives up with one clear fault when it does not settle', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      fake.afterMaking = (id) => {
        fake.things.delete(id);
        return { again: true };
      };
      await assert.rejects(applySteps([step('a')], runIn(folder, fake).run), (fault: Fault) => {
        assert.equal(fault.kind, 'part');
        assert.match(fault.message, /does not settle: after 5 rounds there is still a change in a/);
        assert.match(fault.next ?? '', /cryptodm status/);
        return true;
      });
      assert.equal(fake.acts.length, 5);
    }));

  it('refuses needs that are not there or go in a circle', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      await assert.rejects(applySteps([step('a', ['x'])], runIn(folder, fake).run), /needs x/);
      assert.throws(() => inOrder([step('a', ['b']), step('b', ['a'])]), /a -> b -> a/);
    }));
});

describe('undoing steps', () => {
  it('goes the other way round, and lets live longer what must outlive a step', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      const steps = [step('a'), step('b', ['a']), step('spark', [], { before: ['kafka'] }), step('kafka', ['a'])];
      await applySteps(steps, runIn(folder, fake).run);
      fake.acts.length = 0;
      const { run } = runIn(folder, fake);
      await undoSteps(run.journal.all(), run);
      assert.ok(fake.acts.indexOf('-spark') < fake.acts.indexOf('-kafka'));
      assert.equal(fake.acts.at(-1), '-a');
      assert.equal(existsSync(join(folder, 'journal.json')), false);
    }));

  it('goes on after a failure, tells all, and keeps what remains', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, fake).run);
      fake.broken.add('c').add('a');
      const { run } = runIn(folder, fake);
      await assert.rejects(undoSteps(run.journal.all(), run), (error: Fault) => error.message === 'c: stuck\na: stuck');
      const kept = JSON.parse(readFileSync(join(folder, 'journal.json'), 'utf8')) as { entries: { id: string }[] };
      assert.deepEqual(
        kept.entries.map((entry) => entry.id),
        ['a', 'c'],
      );
    }));

  it('stops between two steps when it is interrupted, and the next one does the rest', () =>
    withFolder(async (folder) => {
      const fake = new FakeLake();
      await applySteps([step('a'), step('b', ['a']), step('c', ['b'])], runIn(folder, fake).run);
      const stop = new AbortController();
      const { run } = runIn(folder, fake);
      const onEvent = (event: StepEvent) => {
        if (event.event === 'step' && event.id === 'b') stop.abort();
      };
      const interrupted = undoSteps(run.journal.all(), { ...run, signal: stop.signal, onEvent });
      await assert.rejects(interrupted, (error: Fault) => error.exitCode === 130);
      assert.deepEqual([...fake.things.keys()], ['a']);
      await undoSteps(run.journal.all(), run);
      assert.equal(fake.things.size, 0);
    }));
});
