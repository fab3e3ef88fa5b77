import { createHash } from 'node:crypto';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { jarUri } from '../../src/aws/jobs/emr-step.ts';
import {
  glueArgument,
  glueScript,
  glueScriptClass,
  glueMaintenance,
  maintenanceMain,
} from '../../src/aws/maintenance/spark-job.ts';
import {
  CloudwatchLogGroup,
  Construct,
  GlueJob,
  GlueSecurityConfiguration,
  S3Object,
  type S3Bucket,
} from '../imports.ts';
import { commitTables, readObjects } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { Refusal } from '../refusal.ts';
import { allow } from '../statement.ts';
import { Role } from './role.ts';

export interface GlueMaintenanceProps {
  names: ResourceNames;
  databases: string[];
  artifacts: S3Bucket;
  jars: Deployment['jars'];
}

/** Spark's settings, in the form of Glue's argument: all in one, with the name between them. */
function settings(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' --conf ');
}

/** The maintenance of the tables by Spark as a job of Glue: it costs nothing until it runs. It reaches S3 and the catalog, so it needs no network of ours. */
export class GlueMaintenance extends Construct {
  constructor(scope: Construct, id: string, { names, databases, artifacts, jars }: GlueMaintenanceProps) {
    super(scope, id);
    const jar = jars[maintenanceMain.jar];
    if (jar === undefined) throw new Refusal(`the deployment names no ${maintenanceMain.jar}`);
    const { artifacts: bucket } = names.buckets;
    const logs = ['output', 'error'].map(
      (name) =>
        new CloudwatchLogGroup(this, `logs-${name}`, { name: `${names.maintenanceLogs}/${name}`, retentionInDays: 14 }),
    );
    const role = new Role(this, 'role', {
      names,
      name: 'optimize',
      service: 'glue.amazonaws.com',
      onlyThisAccount: true,
      statements: [
        ...readObjects(names, bucket, ['jars/*', 'scripts/*', 'spec/*']),
        ...commitTables(names, databases),
        allow(
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          [names.arn('logs', `log-group:${names.maintenanceLogs}/*`)],
        ),
      ],
    });
    const security = new GlueSecurityConfiguration(this, 'security', {
      name: names.maintenanceJob,
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: 'DISABLED' },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'DISABLED' },
        s3Encryption: { s3EncryptionMode: 'SSE-S3' },
      },
    });
    const hash = createHash('sha256').update(glueScript).digest('hex').slice(0, 16);
    const script = new S3Object(this, 'script', {
      bucket: artifacts.id,
      key: `scripts/${hash}/${glueScriptClass}.scala`,
      content: glueScript,
      serverSideEncryption: 'AES256',
    });
    new GlueJob(this, 'job', {
      name: names.maintenanceJob,
      description: 'Maintenance of the tables by Spark',
      roleArn: role.arn,
      glueVersion: glueMaintenance.version,
      workerType: glueMaintenance.worker,
      numberOfWorkers: glueMaintenance.workers,
      executionClass: 'STANDARD',
      executionProperty: { maxConcurrentRuns: 1 },
      maxRetries: 0,
      timeout: glueMaintenance.timeoutMinutes,
      securityConfiguration: security.name,
      command: { name: 'glueetl', scriptLocation: `s3://${bucket}/${script.key}` },
      // "Using job parameters in AWS Glue jobs".
      defaultArguments: {
        '--job-language': 'scala',
        '--class': glueScriptClass,
        '--extra-jars': jarUri(names.prefix, { ...maintenanceMain, ...jar }),
        '--datalake-formats': 'iceberg',
        '--job-bookmark-option': 'job-bookmark-disable',
        '--custom-logGroup-prefix': names.maintenanceLogs,
        '--conf': settings({ 'spark.sql.shuffle.partitions': '2', 'spark.sql.session.timeZone': 'UTC' }),
        [`--${glueArgument}`]: `spec=s3://${bucket}/spec/lake.json`,
      },
      dependsOn: [...role.rights, ...logs],
    });
  }
}
