import assert from 'node:assert/strict';
import { renderWorkflow } from '../../../../src/aws/pipeline/github-workflow.ts';
import { commands } from '../../../../src/cli/commands/all.ts';
import { globalOptions } from '../../../../src/cli/flags.ts';
import { skipWithout } from '../../../support/skipping.ts';
import { jobOf, linterUnavailable, lintWorkflow, readWorkflow, stepsOf } from '../../../support/workflows.ts';

const pipeline = {
  prefix: 'acme-lake',
  region: 'eu-central-1',
  owner: 'acme',
  repository: 'lake',
  branch: 'main',
  downAt: '0 20 * * 1-5',
  version: '1.2.3',
};
const text = renderWorkflow(pipeline);
const workflow = readWorkflow(text);
const names = ['plan', 'up', 'down'] as const;
const all = names.map((name) => jobOf(workflow, name));
const [plan, up, down] = names.map((name) => jobOf(workflow, name));

describe('the workflow of a lake', () => {
  it('is right by actionlint', async function () {
    this.timeout(120_000);
    skipWithout(this, await linterUnavailable());
    assert.equal(await lintWorkflow(text), '');
    assert.equal(await lintWorkflow(renderWorkflow({ ...pipeline, downAt: undefined })), '');
    assert.match(await lintWorkflow(text.replace('github.repository\n', 'github.repositry\n')), /repositry/);
  });

  it('uses actions by the commit of a release', () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action ?? '');
    assert.ok(used.length >= 15);
    for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('runs one job at a time on a lake, and neither stops nor drops one', () => {
    for (const { concurrency } of all) {
      assert.deepEqual(concurrency, { group: 'cryptodm-acme-lake', 'cancel-in-progress': false, queue: 'max' });
    }
  });

  it('has no permission but its identity, the code and, for plans, comments', () => {
    assert.deepEqual(workflow.permissions, {});
    const least = { contents: 'read', 'id-token': 'write' };
    assert.deepEqual(
      all.map(({ permissions }) => permissions),
      [{ ...least, 'pull-requests': 'write' }, least, least],
    );
  });

  it('plans for pull requests of the repository itself, with the role that reads', () => {
    assert.match(plan?.if ?? '', /event_name == 'pull_request'.*head\.repo\.full_name == github\.repository/);
    assert.equal(plan?.environment, undefined);
    assert.match(JSON.stringify(plan?.steps), /role\/crypto-lake-ci\/acme-lake-ci-plan"/);
  });

  it('changes the account from its branch only, behind environments', () => {
    for (const job of [up, down]) {
      assert.match(job?.if ?? '', /^github\.ref == 'refs\/heads\/main' && /);
      assert.match(JSON.stringify(job?.steps), /role\/crypto-lake-ci\/acme-lake-ci-up"/);
      assert.ok((job?.['timeout-minutes'] ?? 0) >= 120);
    }
    assert.equal(up?.environment, 'acme-lake');
    assert.equal(down?.environment, "${{ github.event_name == 'schedule' && 'acme-lake-down' || 'acme-lake' }}");
  });

  it('takes the lake down by the clock, where one is set, and then keeps its data', () => {
    assert.deepEqual(workflow.on['schedule'], [{ cron: '0 20 * * 1-5' }]);
    assert.equal('schedule' in readWorkflow(renderWorkflow({ ...pipeline, downAt: undefined })).on, false);
    const downs = (down?.steps ?? []).filter(({ run }) => run?.startsWith('cryptodm down'));
    assert.deepEqual(
      downs.map((step) => [step.if, step.run]),
      [
        ["inputs.action != 'down'", 'cryptodm down --keep-data --yes --no-input'],
        ["inputs.action == 'down'", 'cryptodm down --yes --no-input'],
      ],
    );
  });

  it('calls commands and flags that exist, of the version that wrote it', () => {
    const runs = stepsOf(workflow).flatMap(({ run }) => run ?? []);
    const calls = runs.filter((run) => run.startsWith('cryptodm ')).map((run) => run.split(' 2>')[0]?.split(' ') ?? []);
    assert.equal(calls.length, 4);
    for (const [, name, ...flags] of calls) {
      const command = commands.find((one) => one.name === name);
      const known = [...(command?.options ?? []), ...globalOptions].flatMap(({ flags: its }) => its.split(/[ ,]+/));
      for (const flag of flags) assert.ok(known.includes(flag), `${String(name)} ${flag}`);
    }
    assert.deepEqual(
      new Set(runs.filter((run) => run.startsWith('npm'))),
      new Set(['npm install --global --no-audit --no-fund cryptodm@1.2.3']),
    );
  });

  it('lets no text of others into a shell or a log', () => {
    for (const { run = '' } of stepsOf(workflow)) assert.doesNotMatch(run, /\$\{\{/);
    assert.doesNotMatch(text, /secrets\./);
    for (const { uses, with: given } of stepsOf(workflow)) {
      if (uses?.startsWith('actions/checkout')) assert.equal(given?.['persist-credentials'], false);
    }
  });
});
