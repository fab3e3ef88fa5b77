import assert from 'node:assert/strict';
import { nameProblems } from '../../../../src/local/status/problems.ts';
import type { Found } from '../../../../src/local/status/model.ts';
import { evaluateAlarms, quietSeconds, type AlarmMemories } from '../../../../src/local/alarms/evaluation.ts';
import { alarms, problemIds, type AlarmId, type Problem } from '../../../../src/lake/alarms.ts';
import { ago, found, job, now, part, producer } from '../../../support/status.ts';

const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const schedule = (id: string, more: Partial<Found['schedules'][number]>): Found['schedules'][number] => ({
  ...{ id, title: id, running: false, last: undefined, next: after(3600).toISOString(), log: `/lake/logs/${id}.log` },
  ...more,
});

const failed = { startedAt: ago(90), endedAt: ago(60), outcome: 'failed' as const, detail: 'exit code 5' };
const days = 86_400;

/** A lake that is broken in each way that raises an alarm. */
const broken: Record<Exclude<AlarmId, 'cost-guard'>, Found[]> = {
  'data-stale': [
    found({ jobs: [job({ lag: 7, waitingSince: ago(90), visibleAt: ago(100) })] }),
    found({ jobs: [job({ state: 'retrying', since: ago(60), lastError: 'no node' })] }),
    found({ jobs: [job({ state: 'retrying', since: ago(60), wentBack: 'trades has lost its last records' })] }),
    found({
      conditions: { ...found().conditions, search: { answers: true, blocks: ['index read-only (api)'], red: false } },
    }),
    found({ producers: [producer({ troubles: [{ about: 'kafka', since: ago(60), message: 'waiting for Kafka' }] })] }),
    found({ producers: [producer({ troubles: [{ about: 'source', since: ago(60), message: 'answers 503' }] })] }),
  ],
  'lag-growing': [found({ jobs: [job({ lag: 70_000, freshnessSeconds: 95, visibleAt: ago(1) })] })],
  'bad-records': [
    found({ jobs: [job({ badRecords: 2, lastBad: { at: ago(5), reason: 'not JSON' } })] }),
    found({ jobs: [job({ lostRecords: 3 })] }),
    found({
      topics: [{ name: 'trades', records: 9, generation: 2, renewal: { at: ago(60), lost: 65, reason: 'cut' } }],
    }),
  ],
  'part-down': [
    found({ parts: [part('kafka', { state: 'down' }), part('spark')] }),
    found({ parts: [part('kafka'), part('spark', { state: 'failed', restarts: 8 })] }),
    found({ resident: undefined }),
    found({ conditions: { ...found().conditions, brokerAnswers: false } }),
    found({ producers: [producer({ at: ago(120) })] }),
  ],
  'part-restarting': [
    found({ parts: [part('kafka', { state: 'restarting', restarts: 1, since: ago(2), lastExit: 'SIGKILL' })] }),
    found({ parts: [part('kafka', { restarts: 1, since: ago(20), lastExit: 'SIGKILL' })], producers: [] }),
  ],
  'disk-filling': [
    found({ conditions: { ...found().conditions, disk: { free: 900e6, total: 250e9 } } }),
    found({ conditions: { ...found().conditions, disk: { free: 1e6, total: 250e9 } } }),
  ],
  'optimize-overdue': [
    found({ schedules: [schedule('optimize', { last: failed })] }),
    found({
      schedules: [schedule('optimize', { next: ago(2 * days) })],
      resident: { ...supervisor(), since: ago(days) },
    }),
    found({
      upkeep: { startedAt: ago(50), endedAt: ago(40), outcome: 'failed', whole: true, tables: [], detail: 'killed' },
    }),
  ],
  'icons-overdue': [
    found({ schedules: [schedule('assets', { last: failed })] }),
    found({
      schedules: [schedule('assets', { next: ago(2 * days) })],
      resident: { ...supervisor(), since: ago(days) },
    }),
  ],
};

function supervisor(): NonNullable<Found['resident']> {
  return { pid: 1, since: ago(3600), memoryBytes: 1, wokeAt: undefined };
}

const firing = (problems: Problem[], memories: AlarmMemories, at: Date) =>
  evaluateAlarms(alarms, problems, { memories, watchedSince: now.toISOString() }, at);

describe('alarms', () => {
  for (const { id, local, severity } of alarms) {
    if (local === undefined) continue;
    for (const [at, status] of broken[id as Exclude<AlarmId, 'cost-guard'>].entries()) {
      it(`${id} fires after ${String(local.holdSeconds)} s and is over when all is well (case ${String(at + 1)})`, () => {
        const problems = nameProblems(status, now);
        const state = (from: ReturnType<typeof firing>) => from.alarms.find((alarm) => alarm.id === id)?.state;
        const others = (from: ReturnType<typeof firing>) => from.transitions.filter(({ alarm }) => alarm !== id);

        const seen = firing(problems, {}, now);
        assert.equal(state(seen), local.holdSeconds === 0 ? 'firing' : 'pending', JSON.stringify(problems));
        const fired = firing(problems, seen.memories, after(local.holdSeconds));
        assert.equal(state(fired), 'firing');
        const transitions = [...seen.transitions, ...fired.transitions];
        assert.deepEqual(
          transitions.filter(({ alarm }) => alarm === id).map(({ to }) => to),
          ['firing'],
        );
        // What is broken in one way raises no other alarm.
        assert.deepEqual([...others(seen), ...others(fired)], []);
        assert.deepEqual(firing(problems, fired.memories, after(400)).transitions, [], 'it is sent once');

        const well = nameProblems(found(), now);
        const gone = firing(well, fired.memories, after(500));
        assert.deepEqual([state(gone), gone.transitions], ['firing', []]);
        const over = firing(well, gone.memories, after(500 + quietSeconds));
        assert.deepEqual([state(over), over.transitions.map(({ to }) => to)], ['ok', ['resolved']]);
        assert.deepEqual(over.memories, {});
        assert.ok(['critical', 'warning'].includes(severity));
      });
    }
  }

  it('are none in a sound lake, nor of what does not last', () => {
    const well = firing(nameProblems(found(), now), {}, now);
    assert.deepEqual(
      well.alarms.map(({ state }) => state),
      well.alarms.map(() => 'ok'),
    );
    const stale = nameProblems(broken['data-stale'][0] ?? found(), now);
    const seen = firing(stale, {}, now);
    assert.deepEqual(firing([], seen.memories, after(10)).memories, {});
  });

  it('that come and go again and again are sent once', () => {
    const problems = nameProblems(broken['bad-records'][0] ?? found(), now);
    let memories: AlarmMemories = {};
    const told: string[] = [];
    for (let second = 0; second < 300; second += 10) {
      const answer = firing(second % 20 === 0 ? problems : [], memories, after(second));
      memories = answer.memories;
      told.push(...answer.transitions.map(({ to }) => to));
    }
    assert.deepEqual(told, ['firing']);
  });

  it('count what lasted before only when somebody watched, or nobody ever does', () => {
    const problems = nameProblems(broken['data-stale'][0] ?? found(), now);
    assert.equal(stateOf('data-stale', evaluateAlarms(alarms, problems, { memories: {} }, now).alarms), 'firing');
    assert.equal(stateOf('data-stale', firing(problems, {}, now).alarms), 'pending');
  });

  it('survive a clock that is set back', () => {
    const problems = nameProblems(broken['data-stale'][0] ?? found(), now);
    const ahead = firing(problems, {}, after(7200));
    const back = firing(problems, ahead.memories, now);
    assert.equal(stateOf('data-stale', firing(problems, back.memories, after(30)).alarms), 'firing');
  });

  it('know every problem but those that tell of a setting, of a disk that is large enough today, of a file that the next "up" repairs, or of an index that is on its way', () => {
    const raising = new Set(alarms.flatMap(({ problems }) => problems));
    assert.deepEqual(
      problemIds.filter((id) => !raising.has(id)),
      ['lake-copied', 'file-damaged', 'disk-short', 'index-filling', 'index-unfinished', 'coin-refused', 'clock-off'],
    );
  });
});

function stateOf(id: AlarmId, all: { id: AlarmId; state: string }[]): string | undefined {
  return all.find((alarm) => alarm.id === id)?.state;
}
