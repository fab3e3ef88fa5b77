import { createHash } from 'node:crypto';
import * as z from 'zod';
import { asDeclared, kindsFor } from '../../engine/step.ts';
import {
  countedShape,
  countGenerations,
  renewGenerations,
  specGenerations,
  type Generations,
  type WentBack,
} from '../../lake/generations.ts';
import type { Lake } from '../../lake/schema.ts';
import { renderSpec, type TargetSpec } from '../../lake/spec.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { readObject, writeObject } from '../services/objects.ts';
import type { AwsConnection } from '../services/connection.ts';
import { lakeOutputs, type LakeOutputs } from './lake-outputs.ts';
import { searchOutputs } from './search-administrator.ts';

export const specOutputs = z.object({
  /** of the spec's text: a process that runs by another one must be started again */
  hash: z.string(),
});

/** Where the spec of a lake is kept, and what it says of the account. */
export interface SpecStore {
  connection: AwsConnection;
  /** the same text, for the playbook */
  file: string;
  bucket: string;
  key: string;
  /** bucket that outlives the topics, as the tables do */
  generationsBucket: string;
  /** what jobs say of topics that no longer hold what was read of them */
  wentBack: () => Promise<WentBack[]>;
  placeOf: (outputs: LakeOutputs, searchUrl: string | undefined) => Promise<Omit<TargetSpec, 'generations' | 'begins'>>;
}

/** The MSK cluster that a topic was made in. */
interface InCluster {
  cluster: string;
}

const generationsKey = 'generations.json';

const generationsSchema = z.record(z.string(), z.object({ ...countedShape, cluster: z.string() }));

/**
 * The spec that producers, jobs and functions read. A new cluster has new topics: their generation is counted here, before they exist.
 * So is that of a topic that went back, as a job has said.
 */
export const specObject = kindsFor<{ spec: SpecStore }>()({
  name: 'spec-object',
  inputs: z.object({ lake: asDeclared<Lake>() }),
  outputs: specOutputs,
  takes: { infrastructure: lakeOutputs, search: searchOutputs.optional() },

  check: async ({ lake }, _, { taken: { infrastructure, search }, session: { spec } }) => {
    const { generations, counted, renewed } = await countAll(spec, lake, infrastructure);
    if (counted.length > 0 || renewed.length > 0) return undefined;
    const text = render(lake, await spec.placeOf(infrastructure, search?.url), generations);
    const written = await readObject(spec.connection, spec.bucket, spec.key);
    if (written?.text !== text) return undefined;
    replaceFile(spec.file, text);
    return { outputs: { hash: hash(text) } };
  },

  run: async ({ lake }, { taken: { infrastructure, search }, session: { spec }, note }) => {
    const { generations, renewed } = await countAll(spec, lake, infrastructure);
    for (const { topic, reason } of renewed)
      note(`${reason}; generation ${String(generations[topic]?.generation)} of ${topic} begins`);
    const counts = `${JSON.stringify(generations, null, 1)}\n`;
    await writeObject(spec.connection, spec.generationsBucket, generationsKey, counts);
    const text = render(lake, await spec.placeOf(infrastructure, search?.url), generations);
    await writeObject(spec.connection, spec.bucket, spec.key, text);
    replaceFile(spec.file, text);
    return { outputs: { hash: hash(text) } };
  },

  // It is in a bucket that goes with the infrastructure.
  undo: async () => Promise.resolve(),
});

/** A topic is new when it was made in another cluster. What was said of the one before does not count any more. */
async function countAll(spec: SpecStore, lake: Lake, { stream_arn: cluster }: LakeOutputs) {
  const known = await readGenerations(spec);
  const names = lake.topics.map((topic) => topic.name);
  const isNew = (topic: InCluster) => topic.cluster !== cluster;
  const { generations, counted } = countGenerations(known, names, { isNew, mark: { cluster } });
  return { counted, ...renewGenerations(generations, await spec.wentBack(), new Date().toISOString()) };
}

function render(
  lake: Lake,
  target: Omit<TargetSpec, 'generations' | 'begins'>,
  generations: Generations<InCluster>,
): string {
  return `${JSON.stringify(renderSpec(lake, { ...target, ...specGenerations(generations) }), null, 1)}\n`;
}

async function readGenerations({ connection, generationsBucket }: SpecStore): Promise<Generations<InCluster>> {
  const object = await readObject(connection, generationsBucket, generationsKey);
  return object === undefined ? {} : generationsSchema.parse(JSON.parse(object.text));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
