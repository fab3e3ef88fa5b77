import type { ActionEvent } from '../../work.ts';

export type WorkEvent = ActionEvent;

/** Shows events: to a user at a terminal, in a log file, or to a program. Everything but JSON goes to stderr. */
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
  const age = event.fresh ? '' : ' (an older one: no new one arrived in 30 s)';
  return `${event.pair} ${event.price} ${places.join(', ')}${age}`;
}
