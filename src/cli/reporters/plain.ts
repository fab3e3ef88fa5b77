import { candleText, type Reporter, type WorkEvent } from './reporter.ts';

const stateMarks = { done: 'ok', unchanged: 'ok', removed: 'gone', failed: 'FAILED' } as const;

/** One line an event, for logs and pipes: no colours, no spinner. */
export function plainReporter(write: (text: string) => void, verbose: boolean): Reporter {
  const line = (event: WorkEvent): string | undefined => {
    switch (event.event) {
      case 'step': {
        if (event.state === 'started' || (event.minor === true && event.state !== 'failed' && !verbose))
          return undefined;
        const what = event.state === 'failed' ? '' : ((event as { detail?: string }).detail ?? '');
        const unchanged = event.state === 'unchanged' ? 'unchanged' : `${event.seconds.toFixed(1)} s`;
        return `${stateMarks[event.state]} ${event.title.padEnd(22)} ${what.padEnd(18)} ${unchanged}`.trimEnd();
      }
      case 'note':
        return `   ${event.text}`;
      case 'message':
        return event.text;
      case 'detail':
        return verbose ? event.text : undefined;
      case 'progress':
        return event.done === true || verbose ? event.text : undefined;
      case 'source':
        return `quotes from ${event.source}: ${event.reason}`;
      case 'candle':
        return `ok first candle           ${candleText(event)}`;
    }
  };
  return {
    show: (event) => {
      const text = line(event);
      if (text !== undefined) write(`${text}\n`);
    },
    end: () => undefined,
  };
}
