import { targetOption, type Command } from '../command.ts';

const here = 'Here, "status" shows the jobs, and "up" starts them.';

const list: Command = {
  name: 'list',
  summary: 'the steps of the cluster, newest first',
  options: [targetOption],
  examples: [{ line: 'cryptodm jobs list', does: 'each step with its state and why it ended' }],
  run: async (context) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'jobs list', here);
    const { listJobs } = await import('../../aws/jobs.ts');
    const steps = await listJobs(lake);
    if (context.global.json) for (const step of steps) context.data(step);
    else if (steps.length === 0) context.print('The cluster runs, and has no steps.');
    else {
      const { table } = await import('../../local/text/status.ts');
      context.print(
        table(
          ['job', 'step', 'state', 'submitted', 'ended', 'reason'],
          steps.map(({ name, id, state, created, ended, reason }) => [
            name,
            id,
            state.toLowerCase(),
            created?.toISOString() ?? '',
            ended?.toISOString() ?? '',
            reason ?? '',
          ]),
        ).join('\n'),
      );
    }
    return 0;
  },
};

const submit: Command = {
  name: 'submit',
  summary: 'submit a stream job, or all; what is at work stays as it is',
  arguments: [{ name: 'job', summary: 'such as quotes-iceberg (default: all)' }],
  options: [targetOption],
  examples: [{ line: 'cryptodm jobs submit quotes-iceberg', does: 'after it was cancelled or has failed for good' }],
  run: async (context, _flags, [job]) => {
    const { onlyAws } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'jobs submit', here);
    const { submitJobs } = await import('../../aws/jobs.ts');
    for (const one of await submitJobs(lake, job)) {
      if (context.global.json) context.data(one);
      else
        context.print(`${one.job}: ${one.action === 'submitted' ? 'submitted as' : 'at work already as'} ${one.step}`);
    }
    return 0;
  },
};

const cancel: Command = {
  name: 'cancel',
  summary: 'end a job and wait until it has ended; the topic keeps what comes meanwhile',
  arguments: [{ name: 'job', summary: 'a job such as quotes-iceberg, or a step such as s-...', required: true }],
  options: [targetOption],
  examples: [{ line: 'cryptodm jobs cancel quotes-iceberg', does: 'ends it; "jobs submit" starts it where it was' }],
  run: async (context, _flags, [job = '']) => {
    const { onlyAws, tellWaiting } = await import('../aws/only.ts');
    const lake = await onlyAws(context, 'jobs cancel', here);
    const { cancelJob } = await import('../../aws/jobs.ts');
    tellWaiting(context, `waiting for ${job} to end`);
    const ended = await cancelJob(lake, job, { signal: context.io.signal });
    context.reporter.end();
    for (const { id, name, state } of ended) {
      if (context.global.json) context.data({ job: name, step: id, state });
      else context.print(`${name} (${id}): ${state.toLowerCase()}`);
    }
    return 0;
  },
};

export const jobs: Command = {
  name: 'jobs',
  summary: 'the stream jobs of a lake in an account',
  subcommands: [list, submit, cancel],
  examples: [{ line: 'cryptodm jobs list', does: 'what runs and what has ended' }],
};
