import assert from 'node:assert/strict';
import { CreateBucketCommand, PutBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { hasBucket, removeHalfMade } from '../../src/aws/services/buckets.ts';
import { EmulatedAccount } from '../support/aws/account.ts';
import { changeEnvironment } from '../support/environment.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { skipWithout } from '../support/skipping.ts';

describe('buckets of a killed run', function () {
  this.timeout(60_000);
  let account: EmulatedAccount;
  let restore: () => void;
  let s3: S3Client;
  const connection = { region: 'us-east-1', profile: undefined };

  before(async function () {
    this.timeout(600_000);
    skipWithout(this, await emulatorUnavailable());
    account = await EmulatedAccount.start();
    restore = changeEnvironment(account.env());
    s3 = new S3Client({ ...account.clientConfig, forcePathStyle: true });
    for (const Bucket of ['half-made', 'with-object', 'with-tag']) await s3.send(new CreateBucketCommand({ Bucket }));
  });

  after(async () => {
    (s3 as S3Client | undefined)?.destroy();
    (restore as (() => void) | undefined)?.();
    await (account as EmulatedAccount | undefined)?.stop();
  });

  it('are removed when they are empty and have no tag', async () => {
    assert.equal(await removeHalfMade(connection, 'half-made'), true);
    assert.equal(await hasBucket(connection, 'half-made'), false);
    assert.equal(await removeHalfMade(connection, 'half-made'), false);
  });

  it('stay when anything shows that they are in use', async () => {
    await s3.send(new PutObjectCommand({ Bucket: 'with-object', Key: 'a', Body: 'b' }));
    const Tagging = { TagSet: [{ Key: 'owner', Value: 'somebody' }] };
    await s3.send(new PutBucketTaggingCommand({ Bucket: 'with-tag', Tagging }));
    for (const bucket of ['with-object', 'with-tag']) {
      assert.equal(await removeHalfMade(connection, bucket), false);
      assert.equal(await hasBucket(connection, bucket), true);
    }
  });
});
