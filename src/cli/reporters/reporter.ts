import type { ActionEvent } from '../../work.ts';

export type WorkEvent = ActionEvent;

/** Shows events to whoever looks: a person at a terminal, a log file, a program. Everything goes to stderr but JSON events. */
export interface Reporter {
  show: (event: WorkEvent) => void;
  /** leaves the terminal as it was */
  end: () => void;
}

export function candleText(event: Extract<WorkEvent, { event: 'candle' }>): string {
  const places = [
    event.elasticsearchSeconds === undefined
      ? undefined
      : `in Elasticsearch after ${event.elasticsearchSeconds.toFixed(1)} s`,
    event.icebergSeconds === undefined ? undefined : `in Iceberg after ${event.icebergSeconds.toFixed(1)} s`,
  ].filter((place) => place !== undefined);
  const age = event.fresh ? '' : ' (an older one: nothing new came in 30 s)';
  return `${event.pair} ${event.price} ${places.join(', ')}${age}`;
}
