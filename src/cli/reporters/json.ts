import type { Reporter } from './reporter.ts';

/** One JSON object a line on stdout. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    show: (event) => {
      write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
    },
    end: () => undefined,
  };
}

export const silentReporter: Reporter = { show: () => undefined, end: () => undefined };
