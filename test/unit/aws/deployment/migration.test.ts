import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Deployment } from '../../../../src/aws/deployment/deployment.ts';
import { readDeployment } from '../../../../src/aws/deployment/migration.ts';
import { Fault } from '../../../../src/errors.ts';
import { sampleDeployment } from '../../../support/deployment.ts';

const where = 's3://sample-lake-cryptodm-state/deployment.json';
const version1 = (): Record<string, unknown> =>
  JSON.parse(readFileSync('test/fixtures/deployment/version-1.json', 'utf8')) as Record<string, unknown>;

describe('a stored deployment', () => {
  it('of this version is read as it was written', () => {
    const deployment = sampleDeployment({ aws: { databasePrefix: 'acme_', caller: '203.0.113.7' } });
    assert.deepEqual(readDeployment(JSON.parse(JSON.stringify(deployment)), where), deployment);
  });

  it('of version 1 has its sizes and limits under the names of the settings', () => {
    // What a lake of that version held.
    const { alarms, topics, tables, jobs, jars } = version1() as Deployment;
    const sample = sampleDeployment({ alarms, topics, tables, jobs, jars });
    assert.deepEqual(readDeployment(version1(), where, 28_800), sample);
  });

  it('of version 1 keeps what was absent absent', () => {
    const least = { ...version1(), macie: 'off' };
    for (const optional of ['email', 'monthlyBudget', 'alarms', 'expiresAt']) Reflect.deleteProperty(least, optional);
    const read = readDeployment(least, where);
    const { email, monthlyBudget, macie, timeToLive } = read.aws;
    assert.deepEqual([email, monthlyBudget, macie, timeToLive], [undefined, 0, false, 0]);
    assert.deepEqual([read.macieSession, read.alarms, read.expiresAt], ['off', [], undefined]);
  });

  it('of version 1 tells the prefix of its databases by their names', () => {
    const databases = ['acme_crypto_db', 'acme_crypto_silver', 'acme_crypto_gold'].map((name, at) => ({
      name,
      layer: ['bronze', 'silver', 'gold'][at],
    }));
    assert.equal(readDeployment({ ...version1(), databases }, where).aws.databasePrefix, 'acme_');
  });

  it('of a later version, and what is none, are refused with the place', () => {
    const refused = (stored: unknown, message: RegExp) => {
      assert.throws(
        () => readDeployment(stored, where),
        (error) => error instanceof Fault && message.test(error.message) && error.where === where,
      );
    };
    refused({ ...sampleDeployment(), version: 3 }, /later version of cryptodm/);
    refused({ ...version1(), sizes: undefined }, /not a deployment[\s\S]*sizes/);
    refused({}, /not a deployment/);
  });
});
