import { Construct, GlueCrawler, GlueSecurityConfiguration } from '../imports.ts';
import { readObjects } from '../grants.ts';
import type { Place } from '../place.ts';
import { allow } from '../statement.ts';
import { Role } from './role.ts';

export interface CrawlerProps {
  place: Place;
  /** of the bronze layer */
  database: string;
}

/** Catalogs what people drop under `landing/` of the bronze bucket; Iceberg tables need no crawler. */
export class Crawler extends Construct {
  constructor(scope: Construct, id: string, { place, database }: CrawlerProps) {
    super(scope, id);
    const role = new Role(this, 'role', {
      place,
      name: 'crawler',
      service: 'glue.amazonaws.com',
      statements: [
        ...readObjects(place, place.buckets.bronze, ['landing/*']),
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
            place.arn('glue', 'catalog'),
            place.arn('glue', `database/${database}`),
            place.arn('glue', `table/${database}/*`),
          ],
        ),
        allow(
          ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          [place.arn('logs', 'log-group:/aws-glue/crawlers*')],
        ),
      ],
    });
    const security = new GlueSecurityConfiguration(this, 'security', {
      name: place.named('crawler'),
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: 'DISABLED' },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'DISABLED' },
        s3Encryption: { s3EncryptionMode: 'SSE-S3' },
      },
    });
    new GlueCrawler(this, 'crawler', {
      name: place.named('landing'),
      role: role.arn,
      databaseName: database,
      tablePrefix: 'landing_',
      schedule: 'cron(30 3 * * ? *)',
      securityConfiguration: security.name,
      s3Target: [{ path: `s3://${place.buckets.bronze}/landing/` }],
      schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
      dependsOn: role.rights,
    });
  }
}
