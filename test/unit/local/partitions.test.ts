import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declareLake } from '../../../src/lake/declaration.ts';
import type { Fault } from '../../../src/errors.ts';
import { localPlace } from '../../../src/local/lake-steps.ts';
import { layOut } from '../../../src/local/layout.ts';
import { spec } from '../../../src/local/steps/spec.ts';
import { readSettings } from '../../../src/settings/settings.ts';

describe('another number of partitions', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'cryptodm-partitions-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is refused while the topics exist, before anything is changed, and begins a new generation without them', async () => {
    const settings = readSettings({ flags: {}, env: {}, cwd: '/nowhere' });
    const [file, generations, formatted] = ['spec', 'generations', 'formatted'].map((name) => join(folder, name));
    const inputs = (partitions: number) => ({
      ...{ file: file ?? '', generations: generations ?? '', formatted: formatted ?? '' },
      lake: declareLake(['BTC/USD'], '', { partitions }),
      place: localPlace(settings, layOut(folder)),
    });
    const run = async (partitions: number) => spec.run(inputs(partitions), {} as never);
    const read = () =>
      JSON.parse(readFileSync(file ?? '', 'utf8')) as {
        topics: { quotes: { partitions: number; generation: number } };
      };
    await run(2);
    writeFileSync(formatted ?? '', '');
    const counted = JSON.parse(readFileSync(generations ?? '', 'utf8')) as Record<string, object>;
    const made = Object.entries(counted).map(([name, its]) => [name, { ...its, made: true }]);
    writeFileSync(generations ?? '', JSON.stringify(Object.fromEntries(made)));
    await assert.rejects(run(4), (fault: Fault) => {
      assert.equal(fault.message, 'topics.partitions is 4, and the topics of this lake have 2');
      assert.match(String(fault.next), /"cryptodm down --keep-data"/);
      return true;
    });
    assert.equal(read().topics.quotes.partitions, 2);
    // What "down --keep-data" does to the broker.
    rmSync(formatted ?? '');
    await run(4);
    assert.ok(existsSync(file ?? ''));
    assert.equal(read().topics.quotes.partitions, 4);
    assert.equal(read().topics.quotes.generation, 2);
  });
});
