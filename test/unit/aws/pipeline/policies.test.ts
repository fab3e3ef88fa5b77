import assert from 'node:assert/strict';
import { planPolicy, upPolicy, type PolicyDocument } from '../../../../src/aws/pipeline/policies.ts';
import { rights } from '../../../../src/aws/rights.ts';
import { allows, fits } from '../../../support/iam.ts';

const place = { prefix: 'acme-lake', region: 'eu-central-1', accountId: '123456789012' };

const everyAction = ({ Statement }: PolicyDocument) => Statement.flatMap(({ Action }) => Action);

describe('the policy of up', () => {
  const policy = upPolicy(place);

  it('allows all that plan asks IAM about', () => {
    for (const { asked = [], askedOn } of rights) {
      for (const action of asked) {
        for (const resource of askedOn?.(place) ?? ['*']) assert.ok(allows(policy, action, resource), action);
      }
    }
  });

  it('is limited to the names and the region of the lake', () => {
    const other = 'arn:aws:iam::123456789012:role/crypto-lake-ci/acme-lake-ci-up';
    assert.equal(allows(policy, 'iam:PutRolePolicy', other), false);
    assert.equal(allows(policy, 's3:PutObject', 'arn:aws:s3:::another-lake-logs/x'), false);
    assert.equal(
      allows(policy, 'secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:eu-central-1:1:secret:x'),
      false,
    );
    const open = policy.Statement.filter((one) => one.Resource.includes('*') && one.Condition === undefined);
    assert.deepEqual(open.flatMap(({ Action }) => Action).sort(), [
      'budgets:*',
      'ce:ListCostAllocationTags',
      'iam:GetRole',
      'iam:SimulatePrincipalPolicy',
      'sts:GetCallerIdentity',
    ]);
    assert.deepEqual(
      new Set(
        policy.Statement.flatMap(({ Condition }) => (Condition === undefined ? [] : [JSON.stringify(Condition)])),
      ),
      new Set(['{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}']),
    );
  });

  it('fits the limit of a role’s own policies, with the longest prefix', () => {
    const longest = upPolicy({ ...place, prefix: 'a'.repeat(40), region: 'us-gov-west-1' });
    assert.ok(JSON.stringify(longest).length <= 10_240, String(JSON.stringify(longest).length));
  });
});

describe('the policy of plan', () => {
  const policy = planPolicy(place);
  const object = (bucket: string, key: string) => `arn:aws:s3:::acme-lake-${bucket}/${key}`;

  it('only reads, apart from the locks', () => {
    const writes = policy.Statement.filter(({ Action }) =>
      Action.some((action) => !/:(?:Get|List|Describe|View)/.test(action)),
    );
    assert.deepEqual(
      writes.map(({ Action, Resource }) => [Action, Resource]),
      [
        [
          ['s3:PutObject', 's3:DeleteObject'],
          [object('cryptodm-state', 'lock.json'), object('cryptodm-state', '*.tflock')],
        ],
      ],
    );
    assert.equal(allows(policy, 's3:PutObject', object('cryptodm-state', 'lake.tfstate')), false);
  });

  it('reads the state, but neither the data nor the keys of the market and of the host', () => {
    assert.ok(allows(policy, 's3:GetObject', object('cryptodm-state', 'lake.tfstate')));
    assert.equal(allows(policy, 's3:GetObject', object('bronze-iceberg-data', 'crypto_quote/data/1.parquet')), false);
    const secret = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-lake/${name}-a1b2c3`;
    assert.ok(allows(policy, 'secretsmanager:GetSecretValue', secret('elastic-cloud')));
    assert.ok(allows(policy, 'secretsmanager:GetSecretValue', secret('machine-keys')));
    for (const kept of ['alpaca', 'host-key']) {
      assert.equal(allows(policy, 'secretsmanager:GetSecretValue', secret(kept)), false);
    }
  });

  it('has no right that up does not have, and can’t ask for its own rights', () => {
    const up = everyAction(upPolicy(place));
    for (const action of everyAction(policy)) {
      assert.ok(
        up.some((pattern) => fits(pattern, action)),
        action,
      );
    }
    // With this right the plan would find that its role may make nothing, and fail.
    assert.equal(allows(policy, 'iam:SimulatePrincipalPolicy', '*'), false);
  });
});
