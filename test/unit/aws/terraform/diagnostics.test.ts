import assert from 'node:assert/strict';
import { explainDiagnostics, type Diagnostic } from '../../../../src/aws/terraform/diagnostics.ts';

const explain = (...diagnostics: Partial<Diagnostic>[]) =>
  explainDiagnostics(
    diagnostics.map((given) => ({ severity: 'error', summary: '', ...given })),
    { what: 'terraform apply', said: 'nothing', cause: undefined },
  );

describe('errors of Terraform', () => {
  it('names the missing permission and who can give it', () => {
    const fault = explain({
      summary: 'creating MSK Cluster',
      detail:
        'operation error Kafka: CreateClusterV2, AccessDeniedException: User: arn:aws:iam::1:user/a is not authorized to perform: kafka:CreateClusterV2',
      address: 'aws_msk_cluster.stream',
    });
    assert.equal(fault.kind, 'outside');
    assert.match(fault.message, /^no permission for kafka:CreateClusterV2\n/);
    assert.equal(fault.where, 'aws_msk_cluster.stream');
    assert.match(fault.next ?? '', /permission/);
  });

  it('names what found no instances left in its zone, as EC2 says it and EMR passes it on', () => {
    const fault = explain({
      summary: 'waiting for EMR Cluster (j-1) create',
      detail:
        "unexpected state 'TERMINATED_WITH_ERRORS', wanted target 'RUNNING, WAITING'. last error: We currently do not have sufficient m6g.xlarge capacity in the Availability Zone you requested (us-east-1a).",
      address: 'aws_emr_cluster.cluster',
    });
    assert.deepEqual([fault.kind, fault.facts['full']], ['outside', ['aws_emr_cluster.cluster']]);
    assert.match(fault.next ?? '', /aws\.emr\.core/);
    assert.equal(explain({ summary: 'VcpuLimitExceeded', address: 'aws_instance.host' }).facts['full'], undefined);
  });

  it('recognises expired credentials', () => {
    const fault = explain({
      summary: 'reading VPC',
      detail: 'api error ExpiredToken: The security token included in the request is expired',
    });
    assert.equal(fault.kind, 'environment');
    assert.match(fault.next ?? '', /Sign in again/);
  });

  it('recognises a wrong key of Elastic Cloud, and a region with another name there', () => {
    const refused = (said: string) =>
      explain({
        summary: 'failed creating deployment',
        detail: `api error: 1 error occurred:\n\t* ${said}\n\n`,
        address: 'ec_deployment.deployment',
      });
    const key = refused('root.unauthenticated: The supplied authentication is invalid');
    assert.deepEqual([key.kind, key.next?.includes('secrets set elastic-cloud')], ['settings', true]);
    const region = refused('templates.region_not_found: Region [aws-us-east-1] was not found');
    assert.deepEqual([region.kind, region.next?.includes('elastic.cloud.region')], ['settings', true]);
  });

  it('says that a bucket name is taken and which setting to change', () => {
    const fault = explain({
      summary: 'creating S3 Bucket (acme-artifacts): BucketAlreadyExists',
      address: 'aws_s3_bucket.a',
    });
    assert.match(fault.message, /another account has a bucket of this name/);
    assert.match(fault.next ?? '', /aws\.prefix/);
  });

  it('keeps all errors, and the output if there are none', () => {
    const fault = explain({ summary: 'one', address: 'a.b' }, { summary: 'two', detail: 'because' });
    assert.match(fault.message, /a\.b: one\ntwo: because/);
    assert.match(explain().message, /nothing/);
  });
});
