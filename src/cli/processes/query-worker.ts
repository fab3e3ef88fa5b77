import type { Command } from '../command.ts';

/** Answers SQL for the process that started it, over its channel. */
export const queryWorker: Command = {
  name: 'query-worker',
  summary: 'answer SQL for another process of this program',
  hidden: true,
  examples: [],
  run: async () => {
    const { serveQueries } = await import('../../local/query/worker-process.ts');
    serveQueries();
    // It ends itself when its parent is gone.
    return new Promise<number>(() => undefined);
  },
};
