import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const metrics: Command = {
  name: 'metrics',
  summary: 'the figures of status in the text format of Prometheus',
  options: [targetOption],
  examples: [
    { line: 'cryptodm metrics', does: 'once, to stdout' },
    {
      line: 'cryptodm metrics > /var/lib/node_exporter/lake.prom',
      does: 'for the textfile collector of node_exporter',
    },
  ],
  run: async (context) => {
    if (context.global.json) {
      throw new Fault('usage', '"metrics" writes only the text format of Prometheus', {
        where: '--json',
        next: 'The same figures as JSON: "cryptodm status --json".',
      });
    }
    const metrics = await context.verb('metrics', 'metrics');
    context.io.stdout.write(await metrics());
    return 0;
  },
};
