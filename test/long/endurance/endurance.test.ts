import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { topicBytes } from '../../../src/local/status/backlog.ts';
import { memoriesOf } from '../../../src/tools/process-identity.ts';
import { after as since, medianOf, slopeOf, type Series } from '../../support/series.ts';
import { TestLake } from '../../support/lake.ts';

const minute = 60_000;
/** CRYPTODM_ENDURANCE_MINUTES makes a shorter run: it proves the test, not the lake. */
const minutes = Number(process.env['CRYPTODM_ENDURANCE_MINUTES'] ?? 90);
const settledAfter = 1 / 3;
const everyMs = Math.min(minute, (minutes * minute) / 30);
/** So small that both topics reach it within the run. */
const topicSize = 32_000_000;

/** How a figure may grow in an hour after the first third of the run, and what it may have at the end. */
interface Limit {
  unit: string;
  slope: number;
  most: number;
}

const megabyte = 1e6;
const limits: readonly (readonly [name: RegExp, limit: Limit])[] = [
  [/^memory of all parts$/, { unit: 'MB', slope: 60, most: 1100 }],
  [/^memory of /, { unit: 'MB', slope: 50, most: 600 }],
  [/^open files of /, { unit: '', slope: 40, most: 400 }],
  [/^threads of /, { unit: '', slope: 10, most: 320 }],
  // A log is set aside at 32 MB, with one predecessor.
  [/^logs$/, { unit: 'MB', slope: 20, most: 500 }],
  [/^checkpoints, files$/, { unit: '', slope: 30, most: 300 }],
  [/^checkpoints$/, { unit: 'MB', slope: 2, most: 20 }],
  [/^run, files$/, { unit: '', slope: 5, most: 60 }],
  [/^temporary files$/, { unit: '', slope: 10, most: 200 }],
  // All of the last 10 minutes stay, are thinned out every 5, and there are up to two commits a second (decision 16).
  [/^snapshots of /, { unit: '', slope: 300, most: 1800 }],
  // Each of these snapshots has a list, a manifest and a hot file; the data itself grows by some 60 MB an hour at this rate.
  [/^warehouse, files$/, { unit: '', slope: 3000, most: 20_000 }],
  [/^warehouse$/, { unit: 'MB', slope: 120, most: 400 }],
  [/^index$/, { unit: 'MB', slope: 120, most: 400 }],
  [/^topic /, { unit: 'MB', slope: topicSize / megabyte, most: topicSize / megabyte }],
];

/** An hour and a half of 300 quotes and 100 trades a second: nothing of the lake grows without bound. */
describe('a lake under load for a long time', function () {
  this.timeout((minutes + 20) * minute);
  let lake: TestLake;

  before(async () => {
    lake = await TestLake.prepare({
      ...{ CRYPTODM_QUOTES_RATE: '300', CRYPTODM_TRADES_RATE: '100', CRYPTODM_TOPICS_SIZE: String(topicSize) },
    });
    await lake.run('up', '--source', 'simulate');
  });

  after(async () => {
    await lake.remove();
  });

  it('keeps memory, files, threads, logs, snapshots and topics within bounds', async () => {
    const figures = new Map<string, [number, number][]>();
    const begun = performance.now();
    const problems = new Set<string>();
    while (performance.now() - begun < minutes * minute) {
      await pause(everyMs);
      const hours = (performance.now() - begun) / (60 * minute);
      for (const [name, value] of await figuresOf(lake, problems)) {
        figures.set(name, [...(figures.get(name) ?? []), [hours, value]]);
      }
    }
    const judged = [...figures].map(([name, series]) => judge(name, series));
    process.stdout.write(`${judged.map(({ line }) => line).join('\n')}\n`);
    assert.deepEqual(
      judged.flatMap(({ fault }) => fault ?? []),
      [],
    );
    assert.deepEqual([...problems], []);
  });
});

async function figuresOf(lake: TestLake, problems: Set<string>): Promise<[string, number][]> {
  const status = await lake.status();
  // Whether the disk lasts for weeks at this rate depends on the machine.
  for (const { id, what } of status.problems) if (id !== 'disk-short') problems.add(`${id}: ${what}`);
  const processes = [
    ...status.parts.flatMap(({ id, pid }) => (pid === undefined ? [] : [{ id, pid }])),
    ...(status.resident === undefined ? [] : [{ id: 'supervisor', pid: status.resident.pid }]),
  ];
  const memories = await memoriesOf(processes.map(({ pid }) => pid));
  const all = [...memories.values()].reduce((sum, bytes) => sum + bytes, 0);
  const folder = (name: string) => sizeOf(join(lake.data, name));
  const [checkpoints, warehouse] = [folder('checkpoints'), folder('warehouse')];
  return [
    ['memory of all parts', all / megabyte],
    ...processes.flatMap(({ id, pid }): [string, number][] => [
      [`memory of ${id}`, (memories.get(pid) ?? 0) / megabyte],
      [`open files of ${id}`, entries(`/proc/${String(pid)}/fd`).length],
      [`threads of ${id}`, entries(`/proc/${String(pid)}/task`).length],
    ]),
    ['logs', folder('logs').bytes / megabyte],
    ['checkpoints, files', checkpoints.files],
    ['checkpoints', checkpoints.bytes / megabyte],
    ['run, files', folder('run').files],
    ['temporary files', folder('tmp').files],
    ...status.tables.map(({ name, snapshots }): [string, number] => [`snapshots of ${name}`, snapshots]),
    ['warehouse, files', warehouse.files],
    ['warehouse', warehouse.bytes / megabyte],
    ['index', folder('elasticsearch').bytes / megabyte],
    ...status.topics.map(({ name }): [string, number] => [
      `topic ${name}`,
      topicBytes(join(lake.data, 'kafka', 'log'), name) / megabyte,
    ]),
  ];
}

function judge(name: string, series: Series): { line: string; fault: string | undefined } {
  const settled = since(series, settledAfter);
  const slope = slopeOf(settled);
  const end = medianOf(series.slice(-5).map(([, value]) => value));
  const limit = limits.find(([pattern]) => pattern.test(name))?.[1];
  assert.ok(limit, `${name} has no limit`);
  const number = (value: number) => value.toFixed(limit.unit === 'MB' ? 1 : 0);
  const line = `${name}: ${number(settled[0]?.[1] ?? 0)} to ${number(end)} ${limit.unit}, ${slope < 0 ? '' : '+'}${number(slope)} an hour`;
  const isWithin = slope <= limit.slope && end <= limit.most;
  const fault = `${line}; at most ${number(limit.most)}, +${number(limit.slope)} an hour`;
  return { line: isWithin ? line : `${line}   !`, fault: isWithin ? undefined : fault };
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(folder: string): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return { files, bytes };
}
