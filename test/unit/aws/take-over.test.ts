import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../src/engine/journal.ts';
import { undoSteps } from '../../../src/engine/run.ts';
import { infrastructureStep } from '../../../src/aws/lake-steps.ts';
import { awsKinds, type AwsSession } from '../../../src/aws/steps/kinds.ts';
import { playbook } from '../../../src/aws/steps/playbook.ts';
import { specObject } from '../../../src/aws/steps/spec-object.ts';
import { withFolder } from '../../support/folders.ts';

// "account": the journal of an `up` in the emulated account, copied while the playbook ran. "account-cloud": the engine of version 0.1.0
// wrote it for its own plan with Elastic Cloud; stand-ins of the kinds gave the outputs. Both have a shorter declaration in "spec".
const fixtures = join('test', 'fixtures', 'take-over');

describe('the journal of a lake in an account that version 0.1.0 raised', () => {
  const opened = (name: string, use: (journal: Journal<AwsSession>) => Promise<void> | void) =>
    withFolder(async (folder) => {
      const path = join(folder, 'journal.json');
      copyFileSync(join(fixtures, `${name}-1.json`), path);
      let copy: string | undefined;
      const journal = Journal.open(path, awsKinds, (text) => {
        copy = text;
        return Promise.resolve();
      });
      await use(journal);
      await journal.settled();
      if (copy !== undefined)
        assert.equal((JSON.parse(copy) as { version: number }).version, 2, 'the copy in the bucket');
    });

  it('is read: every step with the inputs and outputs of its kind', async () => {
    await opened('account', (journal) => {
      const infrastructure = journal.outputsOf(infrastructureStep());
      assert.match(infrastructure?.stream_arn ?? '', /^arn:aws:kafka:/);
      assert.match(infrastructure?.cluster_id ?? '', /^j-/);
      assert.match(journal.outputsOf({ id: 'spec', kind: specObject })?.hash ?? '', /^[0-9a-f]{16}$/);
      assert.deepEqual(
        journal.allOf(playbook).flatMap(({ inputs }) => inputs.units.map(({ id }) => id)),
        ['quotes', 'trades'],
      );
      assert.equal(journal.get('processes')?.state, 'making');
    });
  });

  it('says whose outputs each step takes, as the kinds knew by themselves then', async () => {
    const taken = async (name: string) => {
      let found: Record<string, unknown> = {};
      await opened(name, (journal) => {
        found = Object.fromEntries(journal.all().map((entry) => [entry.id, entry.takes]));
      });
      return found;
    };
    const infrastructure = 'infrastructure';
    const search = 'search';
    const processes = { infrastructure, spec: 'spec' };
    assert.deepEqual(await taken('account'), { infrastructure: {}, index: {}, spec: { infrastructure }, processes });
    assert.deepEqual(await taken('account-cloud'), {
      infrastructure: {},
      processes,
      jobs: { infrastructure, spec: 'spec' },
      search: {},
      'search-user': { search },
      index: { search },
      kibana: { search },
      spec: { infrastructure, search },
    });
  });

  it('is enough to undo every step', async () => {
    const clusters = new Set<string>();
    let usersRemoved = 0;
    const unused = () => Promise.reject(new Error('not for undoing'));
    const session: AwsSession = {
      stacks: {
        // Terraform itself is not part of this test: it is enough that each stack is asked for.
        open: (stack) => Promise.reject(new Error(`destroy ${stack}`)),
        plans: new Map(),
        extent: 'whole',
        adopt: unused,
        moveOn: unused,
        destroyPlan: (stack) => stack,
      },
      search: {
        endpoint: '',
        apiKey: unused,
        readUser: unused,
        writeUser: unused,
        removeUser: () => {
          usersRemoved += 1;
          return Promise.resolve();
        },
      },
      savedObjects: '',
      spec: {
        connection: { region: '', profile: undefined },
        file: '',
        bucket: '',
        key: '',
        generationsBucket: '',
        wentBack: unused,
        placeOf: unused,
      },
      play: unused,
      images: { has: unused, push: unused },
      tasks: {
        ...{ services: unused, update: unused, hasTasks: unused, start: unused, task: unused, log: unused },
        ...{ invoke: unused, withinMs: 0, everyMs: 0 },
      },
      cluster: {
        argumentsOf: () => [],
        list: (id) => {
          clusters.add(id);
          return Promise.resolve([]);
        },
        submit: unused,
        retire: unused,
        kill: unused,
        orderlyMs: 0,
        progress: unused,
        withinMs: 0,
      },
    };
    await opened('account-cloud', async (journal) => {
      const run = { journal, session, signal: new AbortController().signal, onEvent: () => undefined };
      const error = await undoSteps(journal.all(), run).then(
        () => '',
        (thrown: unknown) => (thrown as Error).message,
      );
      assert.deepEqual(error.split('\n').sort(), ['Elastic Cloud: destroy search', 'infrastructure: destroy lake']);
      assert.deepEqual(
        journal.all().map((entry) => entry.id),
        ['infrastructure', 'search'],
      );
      assert.deepEqual([...clusters], ['j-1ABCDEFGHIJKL']);
      assert.equal(usersRemoved, 1);
      assert.deepEqual(
        (JSON.parse(readFileSync(journal.path, 'utf8')) as { entries: { kind: string }[] }).entries.map(
          ({ kind }) => kind,
        ),
        ['terraform-lake', 'terraform-search'],
      );
    });
  });
});
