import type { StepKind } from '../../engine/step.ts';
import { createTopics, listTopics, type Broker, type TopicDeclaration } from '../../tools/kafka.ts';
import { recordCreated } from './spec.ts';

export interface TopicsInputs {
  broker: Broker;
  topics: TopicDeclaration[];
  /** see {@link SpecInputs.generations} */
  generations: string;
}

export interface TopicsOutputs {
  /** a topic had vanished and was made anew: the spec has to follow */
  risen: boolean;
}

export const topics: StepKind<TopicsInputs, TopicsOutputs> = {
  check: async (inputs, outputs) => {
    if (outputs === undefined || outputs.risen) return undefined;
    const standing = await listTopics(inputs.broker);
    return inputs.topics.every((topic) => standing.includes(topic.name))
      ? { outputs, detail: names(inputs) }
      : undefined;
  },

  run: async (inputs) => {
    const created = await createTopics(inputs.broker, inputs.topics);
    return { outputs: { risen: recordCreated(inputs.generations, created) }, detail: names(inputs) };
  },

  // They go with the broker's storage.
  undo: async () => Promise.resolve(),
};

function names(inputs: TopicsInputs): string {
  return inputs.topics.map((topic) => topic.name).join(', ');
}
