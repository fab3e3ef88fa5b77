import { targetOption, type Command } from '../command.ts';

const list: Command = {
  name: 'list',
  summary: 'the steps of the cluster, newest first',
  options: [targetOption],
  examples: [{ line: 'cryptodm jobs list', does: 'each step with its state and why it ended' }],
  run: async (context) => {
    const jobs = await context.verb('jobs', 'jobs list');
    return context.answer(await (await jobs()).list());
  },
};

const submit: Command = {
  name: 'submit',
  summary: 'submit a stream job, or all; running jobs stay as they are',
  arguments: [{ name: 'job', values: 'job', summary: 'such as quotes-iceberg (default: all)' }],
  options: [targetOption],
  examples: [{ line: 'cryptodm jobs submit quotes-iceberg', does: 'after it was cancelled or has failed too often' }],
  run: async (context, _flags, [job]) => {
    const jobs = await context.verb('jobs', 'jobs submit');
    return context.answer(await (await jobs()).submit(job));
  },
};

const cancel: Command = {
  name: 'cancel',
  summary: 'end a job and wait until it has ended; the topic keeps new records',
  arguments: [
    { name: 'job', values: 'job', summary: 'a job such as quotes-iceberg, or a step such as s-...', required: true },
  ],
  options: [
    targetOption,
    { flags: '--now', summary: 'kill it at once; without this it has a minute to finish its batch' },
  ],
  examples: [{ line: 'cryptodm jobs cancel quotes-iceberg', does: 'end it; "jobs submit" continues where it stopped' }],
  run: async (context, flags, [job = '']) => {
    const jobs = await context.verb('jobs', 'jobs cancel');
    return context.answer(await (await jobs()).cancel(job, { now: flags['now'] === true }));
  },
};

export const jobs: Command = {
  name: 'jobs',
  summary: 'the stream jobs of a lake in an account',
  subcommands: [list, submit, cancel],
  examples: [{ line: 'cryptodm jobs list', does: 'running and ended steps' }],
};
