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
    const { onlyHere } = await import('../aws/only.ts');
    const [why, next] = ['in an account they are in CloudWatch', 'Look at the namespace CryptoLake of CloudWatch.'];
    await onlyHere(context, 'metrics', why, next);
    if (context.global.json) {
      throw new Fault('usage', '"metrics" speaks the text format of Prometheus only', {
        where: '--json',
        next: 'The same figures as JSON: "cryptodm status --json".',
      });
    }
    const { askStatus } = await import('../../local/status/status-question.ts');
    const { metricsOf } = await import('../../local/metrics/exposition.ts');
    const { status } = await askStatus(await context.settings());
    context.io.stdout.write(await metricsOf(status));
    return 0;
  },
};
