import assert from 'node:assert/strict';
import type { StepContext } from '../../../../src/engine/step.ts';
import { Fault } from '../../../../src/errors.ts';
import type { ServiceState, TaskState } from '../../../../src/aws/services/container-services.ts';
import type { LakeOutputs } from '../../../../src/aws/steps/lake-outputs.ts';
import { producerServices, topicsByTask, type ProducerCluster } from '../../../../src/aws/steps/producer-tasks.ts';

const infrastructure = {
  producer_cluster: 'acme-producers',
  producer_tasks: { topics: 'topics:1', 'producer-quotes': 'quotes:1', 'producer-trades': 'trades:1' },
  producer_network: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
} as unknown as LakeOutputs;
const units = (enabled: boolean) => ({ units: ['quotes', 'trades'].map((id) => ({ id, enabled })) });

/** A cluster whose services do at once what they are asked to do. */
class Cluster {
  readonly done: string[] = [];
  services = new Map<string, ServiceState>(
    ['quotes', 'trades'].map((id) => [`acme-producer-${id}`, service(`acme-producer-${id}`)]),
  );
  task: TaskState = { ended: true, exitCode: 0, reason: undefined };

  readonly session: { tasks: ProducerCluster } = {
    tasks: {
      services: () => Promise.resolve([...this.services.values()]),
      update: (_, { name, desired, definition, restart = false }) => {
        this.done.push(`${name} ${String(desired)}${restart ? ' again' : ''}`);
        const before = this.services.get(name) ?? service(name);
        const changed = { ...before, desired, running: desired, definition: definition ?? before.definition };
        this.services.set(name, changed);
        return Promise.resolve();
      },
      hasTasks: () => Promise.resolve([...this.services.values()].some(({ running }) => running > 0)),
      start: (_, { definition }) => {
        this.done.push(definition);
        return Promise.resolve('arn:task/acme-producers/1');
      },
      task: () => Promise.resolve(this.task),
      log: () => Promise.resolve(['no rights on the topic']),
      invoke: (name) => {
        this.done.push(name);
        return Promise.resolve();
      },
      withinMs: 20,
      everyMs: 1,
    },
  };

  context(spec: string) {
    return {
      signal: new AbortController().signal,
      taken: { infrastructure, spec: { hash: spec } },
      session: this.session,
      note: () => undefined,
      progress: () => undefined,
    } satisfies StepContext<unknown, unknown>;
  }
}

function service(name: string): ServiceState {
  return {
    ...{ name, arn: name, definition: '', desired: 0, running: 0, pending: 0, deployments: 1 },
    event: 'no room',
  };
}

describe('the producers as services', () => {
  it('are started, are there then, and are started again for another spec', async () => {
    const cluster = new Cluster();
    const first = cluster.context('a');
    assert.equal(await producerServices.check(units(true), undefined, first), undefined);
    const { outputs } = await producerServices.run(units(true), first);
    assert.deepEqual(cluster.done, ['acme-producer-quotes 1', 'acme-producer-trades 1']);
    assert.notEqual(await producerServices.check(units(true), outputs, first), undefined);
    const second = cluster.context('b');
    assert.equal(await producerServices.check(units(true), outputs, second), undefined);
    await producerServices.run(units(true), second);
    assert.deepEqual(cluster.done.slice(2), ['acme-producer-quotes 1 again', 'acme-producer-trades 1 again']);
  });

  it('are stopped on purpose, and end before something else takes their place', async () => {
    const cluster = new Cluster();
    const context = cluster.context('a');
    const { outputs } = await producerServices.run(units(true), context);
    assert.equal(await producerServices.check(units(false), outputs, context), undefined);
    await producerServices.undo(units(true), outputs, context);
    assert.deepEqual(cluster.done.slice(2), ['acme-producer-quotes 0', 'acme-producer-trades 0']);
    assert.equal((await producerServices.check(units(false), outputs, context))?.detail, 'no producers');
    // A cluster that has gone has nothing to end.
    cluster.services.clear();
    await producerServices.undo(units(true), outputs, context);
  });

  it('fail with what ECS says when they do not start', async () => {
    const cluster = new Cluster();
    cluster.session.tasks.update = () => Promise.resolve();
    await assert.rejects(
      producerServices.run(units(true), cluster.context('a')),
      (error) => error instanceof Fault && error.kind === 'part' && /no room/.test(error.message),
    );
  });
});

describe('the task that declares the topics', () => {
  const inputs = { functions: ['create-tables'] };

  it('ends before the functions are called, and runs once for a spec and a definition', async () => {
    const cluster = new Cluster();
    const context = cluster.context('a');
    const { outputs } = await topicsByTask.run(inputs, context);
    assert.deepEqual(cluster.done, ['topics:1', 'create-tables']);
    assert.notEqual(await topicsByTask.check(inputs, outputs, context), undefined);
    assert.equal(await topicsByTask.check(inputs, outputs, cluster.context('b')), undefined);
  });

  it('is a fault with its log when it fails, and with the words of ECS when it was not started', async () => {
    const cluster = new Cluster();
    const refused = (pattern: RegExp) => (error: unknown) => error instanceof Fault && pattern.test(error.message);
    cluster.task = { ended: true, exitCode: 1, reason: undefined };
    const run = () => topicsByTask.run(inputs, cluster.context('a'));
    await assert.rejects(run(), refused(/ended with 1\nno rights on the topic/));
    cluster.task = { ended: true, exitCode: undefined, reason: 'CannotPullContainerError: not found' };
    await assert.rejects(run(), refused(/was not started: CannotPullContainerError/));
    cluster.task = { ended: false, exitCode: undefined, reason: undefined };
    await assert.rejects(run(), refused(/does not end/));
    assert.ok(!cluster.done.includes('create-tables'));
  });
});
