import type { StepEvent } from './engine/run.ts';
import type { Settings } from './settings/schema.ts';

/** What an action tells of itself; whoever called it decides how to show it. */
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

/** What every action works with. */
export interface Work {
  settings: Settings;
  signal: AbortSignal;
  onEvent: (event: ActionEvent) => void;
  /** arguments of node that start this program again */
  entry: string[];
}
