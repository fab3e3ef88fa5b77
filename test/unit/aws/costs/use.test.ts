import assert from 'node:assert/strict';
import { estimateUse } from '../../../../src/aws/costs/use.ts';
import { sampleDeployment } from '../../../support/deployment.ts';

describe('what is billed by use while the jobs run', () => {
  const jobs = [
    { id: 'quotes-iceberg', title: '', jar: '', topic: 'quotes' },
    { id: 'quotes-elasticsearch', title: '', jar: '', topic: 'quotes' },
    { id: 'lake-layers', title: '', jar: '' },
  ];
  const estimate = (search: number) =>
    estimateUse(sampleDeployment({ jobs, aws: { triggers: { tables: 15, search, layers: 60 } } }));

  it('is estimated from the triggers: shorter ones make more requests', () => {
    const [requests, metrics] = estimate(5);
    // 5,760 x 12 + 17,280 x 4 + 1,440 x 25
    assert.match(requests?.what ?? '', /^up to 174,240 requests a day/);
    assert.equal(requests?.perMonth.toFixed(2), ((174.24 * 0.005 * 730) / 24).toFixed(2));
    assert.deepEqual([metrics?.what, metrics?.perMonth.toFixed(2)], ['24 metrics of our own', '7.20']);
    assert.match(estimate(15)[0]?.what ?? '', /^up to 128,160 /);
  });

  it('has the weekly run of Glue, where Glue does the maintenance', () => {
    const weekly = (what: 'athena' | 'glue') => estimateUse(sampleDeployment({ jobs, aws: { upkeep: what } })).slice(2);
    assert.deepEqual(weekly('athena'), []);
    const [glue] = weekly('glue');
    assert.equal(glue?.what, 'a maintenance by Glue each week, 2 DPUs for 10 minutes (estimate)');
    assert.equal(glue.perMonth.toFixed(2), '0.64');
  });
});
