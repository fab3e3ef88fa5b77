import { Construct, GlueCrawler, GlueSecurityConfiguration } from '../imports.ts';
import { readObjects } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { allow } from '../statement.ts';
import { Role } from './role.ts';

export interface CrawlerProps {
  names: ResourceNames;
  /** database of the bronze layer */
  database: string;
}

/** Catalogs the files that people put under `landing/` of the bronze bucket; Iceberg tables need no crawler. */
export class Crawler extends Construct {
  constructor(scope: Construct, id: string, { names, database }: CrawlerProps) {
    super(scope, id);
    const role = new Role(this, 'role', {
      names,
      name: 'crawler',
      service: 'glue.amazonaws.com',
      statements: [
        ...readObjects(names, names.buckets.bronze, ['landing/*']),
        allow(
          [
            'glue:GetDatabase',
            'glue:GetTable',
            'glue:GetTables',
            'glue:CreateTable',
            'glue:UpdateTable',
            'glue:GetPartition',
            'glue:GetPartitions',
            'glue:BatchGetPartition',
            'glue:BatchCreatePartition',
            'glue:UpdatePartition',
          ],
          [
            names.arn('glue', 'catalog'),
            names.arn('glue', `database/${database}`),
            names.arn('glue', `table/${database}/*`),
          ],
        ),
        allow(
          ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          [names.arn('logs', 'log-group:/aws-glue/crawlers*')],
        ),
      ],
    });
    const security = new GlueSecurityConfiguration(this, 'security', {
      name: names.named('crawler'),
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: 'DISABLED' },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'DISABLED' },
        s3Encryption: { s3EncryptionMode: 'SSE-S3' },
      },
    });
    new GlueCrawler(this, 'crawler', {
      name: names.named('landing'),
      role: role.arn,
      databaseName: database,
      tablePrefix: 'landing_',
      schedule: 'cron(30 3 * * ? *)',
      securityConfiguration: security.name,
      s3Target: [{ path: `s3://${names.buckets.bronze}/landing/` }],
      schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
      dependsOn: role.rights,
    });
  }
}
