import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensureCredential } from '../../../src/local/credential.ts';
import { examineMemory, repairMemory, setAside } from '../../../src/local/memory-files.ts';
import { layOut, type Layout } from '../../../src/local/layout.ts';
import { nameProblems } from '../../../src/local/status/problems.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { found, now } from '../../support/status.ts';

/** Every file of the lake's memory, by whether a lake that is up must have it. */
const files: Record<string, 'must' | 'may'> = {
  'journal.json': 'may',
  credential: 'must',
  'run/parts.json': 'must',
  'run/supervisor.json': 'may',
  'run/identity.json': 'may',
  'run/flags.json': 'must',
  'run/origin.json': 'must',
  'run/lake.json': 'must',
  'run/schedules.json': 'must',
  'run/scheduled.json': 'may',
  'run/quotes-iceberg.json': 'may',
  'run/producer-trades.json': 'may',
  'warehouse/schedules.json': 'may',
  'warehouse/alarms.json': 'may',
  'warehouse/upkeep.json': 'may',
};

const sound: Record<string, unknown> = {
  'journal.json': {
    version: 2,
    entries: ['run-folder', 'resident', 'spec', 'schedules'].map((id) => ({ id, state: 'stands' })),
  },
};

function damagesOf(name: string): Record<string, string> {
  const cut = name === 'credential' ? 'is cut or is no credential' : 'is cut or is no JSON';
  return { 'is empty': '', [cut]: '{"version":1,"par' };
}

describe('a damaged file of the lake', () => {
  const folder = temporaryFolder();
  let layout: Layout;
  const path = (name: string) => join(layout.data, name);
  const named = () => examineMemory(layout).map((file) => `${relative(layout.data, file.path)} ${file.what}`);

  beforeEach(() => {
    layout = layOut(join(folder.path, 'lake'));
    ensureCredential(layout);
    for (const name of Object.keys(files).filter((file) => file !== 'credential')) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), JSON.stringify(sound[name] ?? {}));
    }
  });

  it('is none in a sound lake, in an empty folder, and in one that does not exist', () => {
    assert.deepEqual(named(), []);
    assert.deepEqual(examineMemory(layOut(folder.path)), []);
    assert.deepEqual(examineMemory(layOut(join(folder.path, 'nowhere'))), []);
  });

  for (const [name, need] of Object.entries(files)) {
    for (const [what, text] of Object.entries(damagesOf(name))) {
      it(`${name} that ${what}: is named with what repairs it, and "up" removes it`, () => {
        writeFileSync(path(name), text);
        assert.deepEqual(named(), [`${name} ${what}`]);
        const [problem, ...others] = nameProblems(found({ damaged: examineMemory(layout) }), now);
        assert.deepEqual([problem?.id, others], ['file-damaged', []]);
        assert.ok(problem?.what.startsWith(`${path(name)} ${what}: it held `));
        assert.match(problem?.next ?? '', /"cryptodm /);
        const said: string[] = [];
        repairMemory(
          layout,
          { onEvent: (event) => said.push((event as { text: string }).text) },
          'It is written again.',
        );
        assert.equal(said.length, 1);
        assert.match(said[0] ?? '', /: it held .*\. It is written again\.$/);
        assert.equal(existsSync(path(name)), false);
      });
    }

    it(`${name} that is missing: is ${need === 'must' ? 'named' : 'no fault'}`, () => {
      rmSync(path(name));
      assert.deepEqual(named(), need === 'must' ? [`${name} is missing`] : []);
    });
  }

  it('is not named as missing while a run is about to write it, nor after "down --keep-data"', () => {
    rmSync(path('run/parts.json'));
    writeFileSync(path('lock'), '');
    assert.deepEqual(named(), []);
    rmSync(path('lock'));
    writeFileSync(path('journal.json'), JSON.stringify({ version: 2, entries: [{ id: 'folder', state: 'stands' }] }));
    assert.deepEqual(named(), []);
  });

  it('journal.json is kept for a person to look at', () => {
    writeFileSync(path('journal.json'), '{"vers');
    repairMemory(layout, { onEvent: () => undefined }, '');
    assert.equal(readFileSync(setAside(layout), 'utf8'), '{"vers');
  });
});
