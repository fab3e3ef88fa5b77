import assert from 'node:assert/strict';
import type { LakeStatus } from '../../../../src/local/status/model.ts';
import { metrics, metricsContentType, metricsOf } from '../../../../src/local/metrics/exposition.ts';
import { labelled, parseExposition } from '../../../support/prometheus.ts';
import { ago, found, job, part, producer } from '../../../support/status.ts';

function status(more: Partial<LakeStatus> = {}): LakeStatus {
  const alerts = { channels: [], waiting: 2, errors: {} };
  return { ...found(), state: 'up', problems: [], alarms: [], alerts, ...more };
}

const read = async (of: LakeStatus) => {
  const parsed = parseExposition(await metricsOf(of));
  return (name: string, labels: Record<string, string> = {}) => parsed.get(name)?.values.get(labelled(labels));
};

describe('the metrics of a lake', () => {
  it('are the figures of its status, in base units', async () => {
    const value = await read(
      status({
        state: 'degraded',
        problems: [
          { id: 'part-down', part: 'kafka', what: 'Kafka does not run', next: '' },
          { id: 'disk-filling', what: 'full', next: '' },
        ],
        alarms: [
          {
            ...{ id: 'part-down', title: '', severity: 'critical', state: 'firing', since: ago(9), problems: [] },
          },
          { ...{ id: 'bad-records', title: '', severity: 'warning', state: 'ok', since: undefined, problems: [] } },
        ],
        parts: [part('kafka', { state: 'down', restarts: 3, memoryBytes: undefined }), part('spark')],
        jobs: [job({ lag: 12, lastBatchMs: 345, badRecords: 4 }), job({ id: 'lake-layers', lag: 2 })],
        producers: [producer({ acknowledged: 17 })],
        tables: [{ name: 'crypto_db.crypto_quote', rows: 7, files: 2, deletes: 1, snapshots: 3, bytes: 4096 }],
        topics: [{ name: 'coinbase-currencies', records: undefined, generation: 2, renewal: undefined }],
        upkeep: { startedAt: ago(9), endedAt: '1970-01-01T00:01:00Z', outcome: 'failed', whole: true, tables: [] },
      }),
    );
    assert.deepEqual(
      ['up', 'degraded', 'down'].map((state) => value('cryptodm_lake_state', { state })),
      [0, 1, 0],
    );
    assert.equal(value('cryptodm_problem', { problem: 'part-down', part: 'kafka' }), 1);
    assert.equal(value('cryptodm_problem', { problem: 'disk-filling', part: '' }), 1);
    assert.equal(value('cryptodm_alarm_firing', { alarm: 'part-down', severity: 'critical' }), 1);
    assert.equal(value('cryptodm_alarm_firing', { alarm: 'bad-records', severity: 'warning' }), 0);
    assert.equal(value('cryptodm_alert_notifications_waiting'), 2);
    assert.equal(value('cryptodm_disk_free_bytes'), 90e9);
    assert.deepEqual(
      [value('cryptodm_part_up', { part: 'kafka' }), value('cryptodm_part_up', { part: 'spark' })],
      [0, 1],
    );
    assert.equal(value('cryptodm_part_restarts_total', { part: 'kafka' }), 3);
    assert.equal(value('cryptodm_job_lag_records', { job: 'quotes-iceberg' }), 12);
    assert.equal(value('cryptodm_job_lag_commits', { job: 'lake-layers' }), 2);
    assert.equal(value('cryptodm_job_last_batch_duration_seconds', { job: 'quotes-iceberg' }), 0.345);
    assert.equal(value('cryptodm_job_bad_records_total', { job: 'quotes-iceberg' }), 4);
    assert.equal(value('cryptodm_producer_acknowledged_records_total', { producer: 'quotes', source: 'alpaca' }), 17);
    assert.equal(value('cryptodm_table_size_bytes', { table: 'crypto_db.crypto_quote' }), 4096);
    assert.equal(value('cryptodm_topic_generation', { topic: 'coinbase-currencies' }), 2);
    assert.equal(value('cryptodm_upkeep_last_timestamp_seconds'), 60);
    assert.equal(value('cryptodm_upkeep_last_success'), 0);
  });

  it('leave out what nobody knows, and stand for a lake that was never raised', async () => {
    const down = status({
      ...{ state: 'down', resident: undefined, parts: [], jobs: [], producers: [], documents: undefined },
      conditions: { disk: undefined, brokerAnswers: undefined, search: undefined },
    });
    const value = await read(down);
    assert.equal(value('cryptodm_lake_state', { state: 'down' }), 1);
    assert.equal(value('cryptodm_resident_up'), 0);
    for (const name of ['index_documents', 'disk_free_bytes', 'upkeep_last_success', 'topic_records']) {
      assert.equal(value(`cryptodm_${name}`), undefined, name);
    }
  });

  it('keep labels whole, whatever is in them', async () => {
    const source = 'replay:C:\\days\\"one"\n.csv';
    const value = await read(status({ producers: [producer({ source })] }));
    assert.equal(value('cryptodm_producer_sent_records_total', { producer: 'quotes', source }), 5);
  });

  it('have names as Prometheus asks for', () => {
    for (const { name, type, help } of metrics) {
      assert.match(name, /^cryptodm_[a-z][a-z_]*[a-z]$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /_(ms|millis|milliseconds|minutes|mb|megabytes|percent)(_|$)/);
      assert.match(help, /^[A-Z].*\.$/, name);
    }
    assert.equal(new Set(metrics.map(({ name }) => name)).size, metrics.length);
    assert.match(metricsContentType, /^text\/plain; version=0\.0\.4/);
  });
});
