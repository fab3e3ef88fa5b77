import type { StepEvent } from './engine/run.ts';
import type { Settings } from './settings/schema.ts';

/** What an action reports; its caller decides how to show it. */
export type ActionEvent =
  | StepEvent
  | { event: 'message'; text: string }
  | { event: 'detail'; text: string }
  | { event: 'source'; source: string; reason: string }
  | {
      event: 'candle';
      pair: string;
      price: string;
      elasticsearchSeconds?: number;
      icebergSeconds?: number;
      fresh: boolean;
    };

/** What an action gets from the process that called it. */
export interface Caller {
  /** aborted when the action should stop */
  signal: AbortSignal;
  onEvent: (event: ActionEvent) => void;
  /** arguments of node that start this program again */
  entry: string[];
  /** environment variables of the process */
  env: NodeJS.ProcessEnv;
}

/** What an action works with. */
export interface Work extends Caller {
  settings: Settings;
}
