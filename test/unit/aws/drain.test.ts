import assert from 'node:assert/strict';
import { drainTopics, type Drain } from '../../../src/aws/lifecycle/drain.ts';
import { holdsKey } from '../../../src/aws/hosts/ssh-key.ts';
import { playbook } from '../../../src/aws/steps/playbook.ts';
import { producerServices } from '../../../src/aws/steps/producer-tasks.ts';
import { streamSteps } from '../../../src/aws/steps/stream-steps.ts';
import type { Work } from '../../../src/work.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('the end of a lake whose data is kept', () => {
  /** What is done to the producers, in order; the jobs have read everything since. */
  const drain = async (where: 'host' | 'lost-host' | 'containers'): Promise<string[]> => {
    const done: string[] = [];
    const journal = {
      allOf: (kind: unknown) =>
        kind === streamSteps
          ? [{ state: 'stands', inputs: { jobs: [{ id: 'quotes-iceberg' }] } }]
          : kind === (where === 'containers' ? producerServices : playbook)
            ? [{ state: 'stands', inputs: { units: [{ id: 'quotes', enabled: true }], functions: ['x'] } }]
            : [],
      outputsOf: () => ({
        producer_instance_id: 'i-1',
        producer_cluster: 'acme-producers',
        producer_tasks: { 'producer-quotes': 'quotes:1' },
        producer_network: { subnets: [], securityGroups: [] },
      }),
    };
    const session = {
      play: (_: unknown, { units }: { units: { id: string; enabled: boolean }[] }) => {
        done.push(`play ${units.map(({ id, enabled }) => `${id} ${String(enabled)}`).join()}`);
        return Promise.resolve([]);
      },
      tasks: {
        services: () => Promise.resolve([{ name: 'acme-producer-quotes', desired: 1 }]),
        update: (cluster: string, { name, desired }: { name: string; desired: number }) => {
          done.push(`${cluster} ${name} ${String(desired)}`);
          return Promise.resolve();
        },
        hasTasks: () => Promise.resolve(false),
      },
      cluster: { progress: () => Promise.resolve({ at: new Date().toISOString(), rows: 5 }) },
    };
    const end = (id: string) => {
      done.push(`end ${id}`);
      return Promise.resolve();
    };
    const given = {
      journal,
      session,
      quietMs: 0,
      endHost: where === 'lost-host' ? end : undefined,
    } as unknown as Drain;
    const work = { onEvent: () => undefined, signal: new AbortController().signal } as unknown as Work;
    await drainTopics(work, given);
    return done;
  };

  it('stops the producers on their host', async () => {
    assert.deepEqual(await drain('host'), ['play quotes false']);
  });

  it('ends the host from a machine that has no key of it, as each run of a pipeline', async () => {
    assert.deepEqual(await drain('lost-host'), ['end i-1']);
  });

  it('ends the tasks of producers in containers, which needs no key', async () => {
    assert.deepEqual(await drain('containers'), ['acme-producers acme-producer-quotes 0']);
  });
});

describe('the key of a host', () => {
  const folder = temporaryFolder();

  it('is here only when both files are, and they are of this host', () => {
    const path = `${folder.path}/key`;
    assert.equal(holdsKey(path, 'ssh-ed25519 A'), false);
    writeFiles(folder.path, { 'key.pub': 'ssh-ed25519 A\n' });
    assert.equal(holdsKey(path, 'ssh-ed25519 A'), false);
    writeFiles(folder.path, { key: 'private' });
    assert.equal(holdsKey(path, 'ssh-ed25519 A'), true);
    assert.equal(holdsKey(path, 'ssh-ed25519 B'), false);
  });
});
