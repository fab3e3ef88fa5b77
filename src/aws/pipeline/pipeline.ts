import { Fault } from '../../errors.ts';
import type { PipelineFile, PipelineRequest } from '../../lake-target.ts';
import type { Settings } from '../../settings/schema.ts';
import { renderRole } from './github-role.ts';
import { renderWorkflow } from './github-workflow.ts';
import type { Pipeline } from './names.ts';

/**
 * The files by which GitHub plans, starts and takes down a lake in an account.
 * @throws Fault of kind `usage` or `settings` for what they can't be written from
 */
export function writePipeline(settings: Settings, request: PipelineRequest): PipelineFile[] {
  const { prefix, region, state } = settings.aws;
  if (prefix === undefined) {
    throw new Fault('settings', 'a lake in an account needs a prefix: every name there starts with it', {
      where: 'aws.prefix',
      next: 'Set "aws.prefix" in cryptodm.yaml.',
    });
  }
  if (state !== 's3') {
    throw new Fault('settings', 'a pipeline needs the state in the bucket: each run is on a new machine', {
      where: 'aws.state',
      next: 'Set "aws.state: s3" in cryptodm.yaml.',
    });
  }
  const [owner, repository] = parseRepository(request.repository);
  const pipeline: Pipeline = {
    ...{ prefix, region, owner, repository, version: request.version },
    branch: parseBranch(request.branch),
    downAt: request.downAt === undefined ? undefined : parseCron(request.downAt),
  };
  return [
    { path: '.github/workflows/cryptodm.yml', text: renderWorkflow(pipeline) },
    { path: '.github/cryptodm-role/main.tf', text: renderRole(pipeline) },
  ];
}

/** https://docs.github.com/en/repositories/creating-and-managing-repositories; both go into a trust policy, where `*` would mean anything. */
function parseRepository(text: string): [string, string] {
  const [, owner, repository] = /^([A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?)\/([\w.-]+)$/.exec(text) ?? [];
  if (owner !== undefined && repository !== undefined) return [owner, repository];
  throw new Fault('usage', `"${text}" is no repository of GitHub`, {
    where: '--repository',
    next: 'For example: --repository acme/lake',
  });
}

function parseBranch(text: string): string {
  if (/^[\w][\w./-]*$/.test(text) && !text.includes('..')) return text;
  throw new Fault('usage', `"${text}" is no name of a branch`, {
    where: '--branch',
    next: 'For example: --branch main',
  });
}

/** Five fields of POSIX cron, as GitHub takes them: numbers, lists, ranges and steps. */
function parseCron(text: string): string {
  const bounds = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 6],
  ] as const;
  const fields = text.trim().split(/\s+/);
  const fits = (field: string, [least, most]: readonly [number, number]) =>
    field.split(',').every((part) => {
      const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
      if (match === null) return false;
      const [, from, to, step] = match;
      const numbers = [from, to].flatMap((number) => (number === undefined ? [] : [Number(number)]));
      return (
        numbers.every((number) => number >= least && number <= most) &&
        (from === undefined || to === undefined || Number(from) <= Number(to)) &&
        (step === undefined || Number(step) > 0)
      );
    });
  if (fields.length === bounds.length && bounds.every((bound, at) => fits(fields[at] ?? '', bound))) {
    return fields.join(' ');
  }
  throw new Fault('usage', `"${text}" is no time as cron has it`, {
    where: '--down-at',
    next: 'Minute, hour, day, month and day of the week, in UTC: --down-at "0 20 * * 1-5" is 20:00 on working days.',
  });
}
