import { Fault } from '../../errors.ts';
import type { Command } from '../command.ts';

/** The supervisor; `up` starts it. */
export const supervise: Command = {
  name: 'supervise',
  summary: 'watch the parts of a lake (started by "up")',
  hidden: true,
  examples: [],
  run: async (context) => {
    const data = context.global.data;
    if (data === undefined)
      throw new Fault('usage', '"supervise" needs --data', {
        where: '--data',
        next: 'It is started by "cryptodm up".',
      });
    const { serveSupervisor } = await import('../../local/supervisor/server.ts');
    const { alarmTask } = await import('../../local/alarms/alarm-task.ts');
    const { fillTask } = await import('../../local/search-index/fill-task.ts');
    await serveSupervisor(data, context.io.env, [alarmTask(data, context.io.env), fillTask(data, context.io.env)]);
    return 0;
  },
};
