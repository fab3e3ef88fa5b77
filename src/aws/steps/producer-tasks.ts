import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { kindsFor, type StepContext } from '../../engine/step.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { ServiceState, TaskState } from '../services/container-services.ts';
import { topicsTask } from '../containers/tasks.ts';
import { lakeOutputs, type LakeOutputs } from './lake-outputs.ts';
import { specOutputs } from './spec-object.ts';

/** The verbs of the cluster in which the producers are tasks. */
export interface ProducerCluster {
  services: (cluster: string, names: string[]) => Promise<ServiceState[]>;
  update: (
    cluster: string,
    wanted: { name: string; desired: number; definition?: string; restart?: boolean },
  ) => Promise<void>;
  hasTasks: (cluster: string) => Promise<boolean>;
  start: (
    cluster: string,
    task: { definition: string; subnets: string[]; securityGroups: string[] },
  ) => Promise<string>;
  task: (cluster: string, arn: string) => Promise<TaskState>;
  /** the last lines that a task has logged */
  log: (name: string, arn: string) => Promise<string[]>;
  /** invokes a function of the lake and waits for its answer */
  invoke: (name: string, signal: AbortSignal) => Promise<void>;
  withinMs: number;
  everyMs: number;
}

interface Session {
  tasks: ProducerCluster;
}

type Verbs = Pick<StepContext, 'signal' | 'progress'>;

/** The topics as the spec declares them, by a task that ends; then the functions that need them. */
export const topicsByTask = kindsFor<Session>()({
  name: 'topics-task',
  inputs: z.object({ functions: z.array(z.string()) }),
  outputs: z.object({
    /** hash of the spec, and ARN of the definition, that they were declared by */
    spec: z.string(),
    definition: z.string(),
  }),
  takes: { infrastructure: lakeOutputs, spec: specOutputs },

  check: (_, outputs, { taken: { infrastructure, spec } }) => {
    const { definition } = placeOf(infrastructure, topicsTask.name);
    const same = outputs?.spec === spec.hash && outputs.definition === definition;
    return Promise.resolve(same ? { outputs } : undefined);
  },

  run: async ({ functions }, { taken: { infrastructure, spec }, session: { tasks }, signal, progress }) => {
    const place = placeOf(infrastructure, topicsTask.name);
    await declareTopics(tasks, place, { signal, progress });
    for (const name of functions) {
      progress(`waiting for ${name}`);
      await tasks.invoke(name, signal);
    }
    return { outputs: { spec: spec.hash, definition: place.definition } };
  },

  // They go with the brokers.
  undo: async () => Promise.resolve(),
});

async function declareTopics(tasks: ProducerCluster, place: Place, { signal, progress }: Verbs): Promise<void> {
  const arn = await tasks.start(place.cluster, place);
  progress('waiting for the task that declares the topics');
  const ended = await awaitAnswer(
    async () => {
      const state = await tasks.task(place.cluster, arn);
      return state.ended ? state : undefined;
    },
    { withinMs: tasks.withinMs, everyMs: tasks.everyMs, signal },
  );
  if (ended?.exitCode === 0) return;
  const log = await tasks.log(topicsTask.name, arn);
  const why =
    ended === undefined
      ? 'does not end'
      : ended.exitCode === undefined
        ? `was not started: ${ended.reason ?? 'ECS does not say why'}`
        : `ended with ${String(ended.exitCode)}`;
  throw new Fault('part', [`the task that declares the topics ${why}`, ...log].join('\n'), {
    where: arn,
    next: 'See "cryptodm logs topics", then run the same command: it goes on where it stopped.',
  });
}

const services = z.object({
  /** ids of the producers, and whether each should run */
  units: z.array(z.object({ id: z.string(), enabled: z.boolean() })),
});

/** The producers as services: each has one task, or none, by the definition of this very build. */
export const producerServices = kindsFor<Session>()({
  name: 'producer-services',
  inputs: services,
  outputs: z.object({
    /** hash of the spec that the producers run by: a task reads it when it starts */
    spec: z.string(),
  }),
  takes: { infrastructure: lakeOutputs, spec: specOutputs },

  check: async ({ units }, outputs, { taken: { infrastructure, spec }, session: { tasks } }) => {
    if (outputs?.spec !== spec.hash) return undefined;
    const all = wantedOf(infrastructure, units);
    const found = await tasks.services(all.cluster, namesOf(all));
    return all.services.every((wanted) => isAsWanted(wanted, found)) ? { outputs, detail: titles(units) } : undefined;
  },

  run: async ({ units }, { taken: { infrastructure, spec }, session: { tasks }, signal, progress }) => {
    const all = wantedOf(infrastructure, units);
    const found = await tasks.services(all.cluster, namesOf(all));
    for (const { name, definition, desired } of all.services) {
      const isRunning = (found.find((one) => one.name === name)?.desired ?? 0) > 0;
      await tasks.update(all.cluster, { name, definition, desired, restart: isRunning && desired > 0 });
    }
    await awaitServices(tasks, all, { signal, progress });
    return { outputs: { spec: spec.hash }, detail: titles(units) };
  },

  // Before the infrastructure goes, or a host takes over: what was sent is acknowledged, and nobody sends twice.
  undo: async ({ units }, _, { taken: { infrastructure }, session: { tasks }, signal, progress }) => {
    const { producer_cluster: cluster } = infrastructure ?? {};
    if (infrastructure === undefined || cluster === undefined) return;
    await stopServices(tasks, infrastructure, units, { signal, progress });
  },
});

/** Ends the tasks of the producers and waits until none runs; nothing to do for services that have gone. */
export async function stopServices(
  tasks: ProducerCluster,
  infrastructure: LakeOutputs,
  units: { id: string }[],
  verbs: Verbs,
): Promise<void> {
  const cluster = infrastructure.producer_cluster ?? '';
  const names = units.map(({ id }) => nameService(cluster, id));
  const found = await tasks.services(cluster, names);
  for (const { name, desired } of found) if (desired > 0) await tasks.update(cluster, { name, desired: 0 });
  verbs.progress('waiting for the end of the tasks');
  const ended = await awaitAnswer(async () => ((await tasks.hasTasks(cluster)) ? undefined : true), {
    withinMs: tasks.withinMs,
    everyMs: tasks.everyMs,
    signal: verbs.signal,
  });
  if (ended === undefined) {
    throw new Fault('part', 'the tasks of the producers do not end', {
      where: cluster,
      next: 'See the cluster in the console of ECS, then run the same command: it goes on where it stopped.',
    });
  }
}

interface Wanted {
  name: string;
  definition: string;
  desired: number;
}

interface Place {
  cluster: string;
  definition: string;
  subnets: string[];
  securityGroups: string[];
}

function wantedOf(
  infrastructure: LakeOutputs,
  units: { id: string; enabled: boolean }[],
): { cluster: string; services: Wanted[] } {
  const cluster = infrastructure.producer_cluster ?? '';
  const wanted = units.map(({ id, enabled }) => {
    const { definition } = placeOf(infrastructure, `producer-${id}`);
    return { name: nameService(cluster, id), definition, desired: enabled ? 1 : 0 };
  });
  return { cluster, services: wanted };
}

/** The cluster is called `PREFIX-producers`. */
function nameService(cluster: string, id: string): string {
  return `${cluster.slice(0, cluster.length - 'producers'.length)}producer-${id}`;
}

function placeOf(infrastructure: LakeOutputs, task: string): Place {
  const { producer_cluster: cluster, producer_network: network, producer_tasks: definitions } = infrastructure;
  const definition = definitions?.[task];
  if (cluster === undefined || network === undefined || definition === undefined) {
    throw new Fault('part', `the infrastructure reports no task ${task}`, { next: 'Run "cryptodm up" again.' });
  }
  return { cluster, definition, ...network };
}

function namesOf({ services: wanted }: { services: Wanted[] }): string[] {
  return wanted.map(({ name }) => name);
}

function isAsWanted({ name, definition, desired }: Wanted, found: ServiceState[]): boolean {
  const one = found.find((service) => service.name === name);
  if (one === undefined || one.desired !== desired || one.running !== desired || one.pending !== 0) return false;
  return one.definition === definition && one.deployments <= 1;
}

async function awaitServices(
  tasks: ProducerCluster,
  all: { cluster: string; services: Wanted[] },
  { signal, progress }: Verbs,
): Promise<void> {
  let open = all.services;
  let found: ServiceState[] = [];
  const done = await awaitAnswer(
    async () => {
      found = await tasks.services(all.cluster, namesOf(all));
      open = all.services.filter((wanted) => !isAsWanted(wanted, found));
      progress(`waiting for ${open.map(({ name }) => name).join(', ')}`);
      return open.length === 0 ? true : undefined;
    },
    { withinMs: tasks.withinMs, everyMs: tasks.everyMs, signal },
  );
  if (done !== undefined) return;
  const said = open.map(({ name }) => {
    const one = found.find((service) => service.name === name);
    return one === undefined ? `${name} is not there` : (one.event ?? describeCounts(one));
  });
  throw new Fault('part', `the producers do not get into their state:\n${said.join('\n')}`, {
    where: all.cluster,
    next: 'See "cryptodm status" and "cryptodm logs", then run the same command: it goes on where it stopped.',
  });
}

function describeCounts({ name, running, pending, desired, deployments }: ServiceState): string {
  const counts = `${String(running)} running and ${String(pending)} pending tasks of ${String(desired)}`;
  return `${name} has ${counts}, and ${String(deployments)} deployments`;
}

function titles(units: { id: string; enabled: boolean }[]): string {
  const enabled = units.filter((unit) => unit.enabled).map(({ id }) => id);
  return enabled.length === 0 ? 'no producers' : `producers: ${enabled.join(', ')}`;
}
