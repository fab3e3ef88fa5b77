import assert from 'node:assert/strict';
import { glueScript, renderGlueArgument } from '../../../../src/aws/maintenance/spark-job.ts';
import { beginMaintenance, describeRun, endOfSpark } from '../../../../src/aws/functions/maintenance-run.ts';
import { renderOptions } from '../../../../src/lake/maintenance.ts';

const limits = { retainSeconds: 3600, orphansOlderThanSeconds: undefined, targetFileBytes: undefined };

describe('the maintenance by Spark', () => {
  it('gives all arguments to a job of Glue in one, without a name that is there twice', () => {
    const args = renderOptions({ ...limits, dryRun: true, tables: ['crypto_db.a', 'crypto_db.b'] });
    const given = renderGlueArgument(['--spec', 's3://acme-artifacts/spec/lake.json', ...args]);
    assert.equal(
      given,
      'spec=s3://acme-artifacts/spec/lake.json,table=crypto_db.a,table=crypto_db.b,dry-run,retain=3600,orphans-older-than=259200',
    );
    // What the script makes of it.
    const back = given.split(',').flatMap((part) => {
      const [name = '', ...value] = part.split('=');
      return [`--${name}`, ...value];
    });
    assert.deepEqual(back, ['--spec', 's3://acme-artifacts/spec/lake.json', ...args]);
    assert.match(glueScript, /arguments\.indexOf\("--maintenance"\)/);
  });

  it('has done all tables or none, and says why', () => {
    const tables = ['crypto_db.a', 'crypto_db.b'].map(beginMaintenance);
    const run = { id: '1', startedAt: '', spark: { on: 'glue' as const, id: 'jr_1' } };
    assert.deepEqual(
      endOfSpark(tables, undefined).map(({ phase }) => phase),
      ['done', 'done'],
    );
    const [first, ...more] = describeRun({ ...run, tables: endOfSpark(tables, 'timeout') });
    assert.equal(first, 'Spark in Glue (jr_1): failed: timeout');
    assert.deepEqual(more, ['tables: crypto_db.a, crypto_db.b', '"cryptodm logs optimize" has the figures.']);
  });
});
