import { createHash } from 'node:crypto';
import type { StepKind } from '../../engine/step.ts';
import type { Lake } from '../../lake/schema.ts';
import { renderSpec, type TargetSpec } from '../../lake/spec.ts';
import { readObject, writeObject } from '../services/objects.ts';
import type { AwsSession } from '../services/session.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { readLakeOutputs, type LakeOutputs } from './lake-outputs.ts';

export interface SpecObjectInputs {
  lake: Lake;
}

export interface SpecObjectOutputs {
  /** of the spec's text: whoever runs by another one must be started anew */
  hash: string;
}

export interface SpecPlace {
  place: AwsSession;
  /** the same text, for the playbook */
  file: string;
  bucket: string;
  key: string;
  /** bucket that outlives the topics, as the tables do */
  generationsBucket: string;
  placeOf: (outputs: LakeOutputs, searchUrl: string | undefined) => Promise<Omit<TargetSpec, 'generations'>>;
}

/** What is remembered of a topic: how often it was made anew, and in which cluster it stands. */
interface Generation {
  generation: number;
  cluster: string;
}

const generationsKey = 'generations.json';

/** The spec that producers, jobs and functions read. A cluster that was made anew has new topics: their generation is counted here, before they exist. */
export function specObjectKind(session: SpecPlace): StepKind<SpecObjectInputs, SpecObjectOutputs> {
  const render = async (
    inputs: SpecObjectInputs,
    outputs: LakeOutputs,
    search: unknown,
    counted: Map<string, Generation>,
  ) => {
    const url = (search as { url?: string } | undefined)?.url;
    const generations = Object.fromEntries([...counted].map(([name, { generation }]) => [name, generation]));
    const place = await session.placeOf(outputs, url);
    return `${JSON.stringify(renderSpec(inputs.lake, { ...place, generations }), null, 1)}\n`;
  };
  return {
    check: async (inputs, _, context) => {
      const outputs = readLakeOutputs(context.outputs('infrastructure'));
      const known = await readCounts(session);
      if (inputs.lake.topics.some(({ name }) => known.get(name)?.cluster !== outputs.stream_arn)) return undefined;
      const text = await render(inputs, outputs, context.outputs('search'), known);
      const standing = await readObject(session.place, session.bucket, session.key);
      if (standing?.text !== text) return undefined;
      replaceFile(session.file, text);
      return { outputs: { hash: hash(text) } };
    },

    run: async (inputs, context) => {
      const outputs = readLakeOutputs(context.outputs('infrastructure'));
      const counts = await readCounts(session);
      for (const { name } of inputs.lake.topics) {
        const known = counts.get(name);
        if (known?.cluster === outputs.stream_arn) continue;
        counts.set(name, { generation: (known?.generation ?? 0) + 1, cluster: outputs.stream_arn });
      }
      const counted = `${JSON.stringify(Object.fromEntries(counts), null, 1)}\n`;
      await writeObject(session.place, session.generationsBucket, generationsKey, counted);
      const text = await render(inputs, outputs, context.outputs('search'), counts);
      await writeObject(session.place, session.bucket, session.key, text);
      replaceFile(session.file, text);
      return { outputs: { hash: hash(text) } };
    },

    // It lies in a bucket that goes with the infrastructure.
    undo: async () => Promise.resolve(),
  };
}

async function readCounts(session: SpecPlace): Promise<Map<string, Generation>> {
  const object = await readObject(session.place, session.generationsBucket, generationsKey);
  return new Map(Object.entries(JSON.parse(object?.text ?? '{}') as Record<string, Generation>));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
