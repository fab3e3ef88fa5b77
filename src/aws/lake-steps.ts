import { createHash } from 'node:crypto';
import type { Step } from '../engine/step.ts';
import { renderMarketDashboard } from '../lake/kibana/market-dashboard.ts';
import { renderIndexTemplate } from '../lake/mapping.ts';
import { isStreamJob, type Lake, type Schedule } from '../lake/schema.ts';
import type { Place } from '../lake/spec.ts';
import type { Settings } from '../settings/schema.ts';
import type { CloudIndexInputs } from './steps/cloud-index.ts';
import type { KibanaObjectsInputs } from './steps/kibana-objects.ts';
import type { LakeOutputs } from './steps/lake-outputs.ts';
import type { PlaybookInputs } from './steps/playbook.ts';
import type { SearchUserInputs } from './steps/search-user.ts';
import type { SpecObjectInputs } from './steps/spec-object.ts';
import type { StreamStepsInputs } from './steps/stream-steps.ts';
import type { TerraformInputs } from './steps/terraform.ts';
import { awsNames, databaseOf, layers } from './names.ts';
import type { Deployment } from './deployment/deployment.ts';
import { renderProduction, renderTrigger as trigger } from '../settings/production.ts';

/** Files that the deployment carries into the account. */
export interface Artifact {
  path: string;
  sha256: string;
}

/** What is known about the caller, the account and the artifacts when a deployment is put together. */
export interface DeploymentFacts {
  prefix: string;
  accountId: string;
  /** `a.b.c.d/32` */
  callerCidr: string;
  publicKey: string;
  expiresAt: string | undefined;
  extent: Deployment['extent'];
  state: Deployment['state'];
  macie: Deployment['macie'];
  jars: Record<string, Artifact>;
  functions: Record<string, Artifact>;
  /** the zip by which the cluster's nodes speak TLS */
  certificates?: Artifact;
}

/** The one value that the constructs are told. */
export function composeDeployment(lake: Lake, settings: Settings, facts: DeploymentFacts): Deployment {
  const { aws, elastic } = settings;
  const { expiresAt, ...known } = facts;
  return {
    version: 1,
    ...known,
    region: aws.region,
    ...(aws.email === undefined ? {} : { email: aws.email }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    databases: layers.map((layer) => ({ name: databaseOf(layer, aws.databasePrefix), layer })),
    topics: lake.topics.map(({ id, name, partitions, retentionDays }) => ({ id, name, partitions, retentionDays })),
    tables: lake.tables.map(({ name }) => ({ name })),
    jobs: lake.jobs.map((job) => ({
      id: job.id,
      title: job.title,
      jar: job.jar,
      ...(isStreamJob(job) ? { topic: job.topic } : {}),
    })),
    schedules: { icons: cronOf(lake, 'assets'), optimize: cronOf(lake, 'optimize') },
    alarms: lake.alarms.map(({ id, title, severity, account: { threshold, holdSeconds } }) => ({
      ...{ id, title, severity, threshold, holdSeconds },
    })),
    coinapiUrl: settings.coinapi.url,
    sizes: {
      brokerType: aws.brokers.type,
      brokers: aws.brokers.count,
      brokerStorageGb: aws.brokers.storageGb,
      hostType: aws.host.type,
      emrRelease: aws.emr.release,
      primaryType: aws.emr.primary,
      coreType: aws.emr.core,
      coreCount: aws.emr.coreCount,
    },
    crawler: aws.crawler,
    ...(aws.monthlyBudget === 0 ? {} : { monthlyBudget: aws.monthlyBudget }),
    queryBytesLimit: Math.round(aws.queryLimitGb * 1e9),
    search: elastic.url === undefined ? { kind: 'cloud', ...elastic.cloud } : { kind: 'existing', url: elastic.url },
  };
}

/** A schedule in EventBridge's words: "Cron expressions" of its guide. */
function cronOf(lake: Lake, id: Schedule['id']): string {
  const schedule = lake.schedules.find((candidate) => candidate.id === id);
  if (schedule === undefined) throw new Error(`the lake declares no schedule ${id}`);
  const [hour = 0, minute = 0] = schedule.at.split(':').map(Number);
  const days = schedule.every === 'day' ? '* * ?' : `? * ${schedule.on.slice(0, 3).toUpperCase()}`;
  return `cron(${String(minute)} ${String(hour)} ${days} *)`;
}

/** Where such a lake runs, in the words of the spec. */
export function awsPlaceOf(
  settings: Settings,
  prefix: string,
  outputs: Pick<LakeOutputs, 'bootstrap_brokers'>,
  known: {
    searchUrl: string;
    /** keys of the market data are stored in the lake's secret */
    marketKeys: boolean;
  },
): Omit<Place, 'generations'> {
  const names = awsNames(prefix);
  const { quotes, trades } = renderProduction(settings);
  return {
    kafka: {
      bootstrapServers: outputs.bootstrap_brokers,
      replication: Math.min(3, settings.aws.brokers.count),
      // https://github.com/aws/aws-msk-iam-auth; small brokers accept few new connections a second, so clients wait before they come back.
      properties: {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'AWS_MSK_IAM',
        'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
        'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
        'reconnect.backoff.ms': '1000',
        'reconnect.backoff.max.ms': '30000',
      },
    },
    catalog: {
      name: 'lake',
      properties: {
        'catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
        'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
        warehouse: `s3://${names.buckets.bronze}`,
      },
    },
    views: true,
    search: { url: known.searchUrl, secret: names.secret('elasticsearch') },
    checkpoints: `s3://${names.buckets.artifacts}/checkpoints`,
    progress: `s3://${names.buckets.artifacts}/progress`,
    triggers: {
      quotes: trigger(settings.aws.triggers.tables),
      trades: trigger(settings.aws.triggers.tables),
      search: trigger(settings.aws.triggers.search),
      layers: trigger(settings.aws.triggers.layers),
    },
    quotes: {
      ...quotes,
      ...(known.marketKeys ? { keysSecret: names.secret('alpaca') } : {}),
    },
    trades,
  };
}

/** The steps that raise a lake in an account. Nothing happens here; what a machine knows (folders, plans) stands with the kinds. */
export function awsSteps(lake: Lake, deployment: Deployment, options: { produce: boolean }): Step[] {
  const cloud = deployment.search.kind === 'cloud';
  const names = awsNames(deployment.prefix);
  const index = lake.indexes[0];
  const sha256 = (jar: string) => deployment.jars[jar]?.sha256 ?? '';
  const steps: Step[] = [
    {
      id: 'infrastructure',
      kind: 'terraform',
      title: 'infrastructure',
      needs: [],
      data: true,
      inputs: { stack: 'lake' } satisfies TerraformInputs,
    },
  ];
  if (cloud) {
    steps.push(
      {
        id: 'search',
        kind: 'terraform',
        title: 'Elastic Cloud',
        needs: [],
        data: true,
        inputs: { stack: 'search' } satisfies TerraformInputs,
      },
      {
        id: 'search-user',
        kind: 'search-user',
        title: 'search user',
        needs: ['search'],
        data: true,
        inputs: {
          secret: names.secret('elasticsearch'),
          index: index?.name ?? '',
          aliases: index === undefined ? [] : [index.alias],
        } satisfies SearchUserInputs,
      },
    );
  }
  if (index !== undefined) {
    steps.push({
      id: 'index',
      kind: 'cloud-index',
      title: 'index',
      needs: cloud ? ['search-user'] : ['infrastructure'],
      data: true,
      inputs: {
        name: index.name,
        template: renderIndexTemplate(lake, index.name, 0),
        ...(deployment.search.kind === 'existing' ? { url: deployment.search.url } : {}),
      } satisfies CloudIndexInputs,
    });
  }
  if (cloud && index !== undefined) {
    const sha256 = createHash('sha256').update(renderMarketDashboard(lake)).digest('hex');
    steps.push({
      id: 'kibana',
      kind: 'kibana-objects',
      title: 'dashboard in Kibana',
      // Who else resets the password of the administrator has done so.
      needs: ['search', 'index'],
      data: true,
      inputs: { sha256 } satisfies KibanaObjectsInputs,
    });
  }
  steps.push(
    {
      id: 'spec',
      kind: 'spec-object',
      title: 'spec',
      needs: ['infrastructure', ...(cloud ? ['search'] : [])],
      inputs: { lake } satisfies SpecObjectInputs,
    },
    {
      id: 'processes',
      kind: 'playbook',
      title: 'topics and producers',
      needs: ['spec'],
      inputs: {
        units: lake.producers.map(({ id, jar }) => ({ id, jar, sha256: sha256(jar), enabled: options.produce })),
        functions: ['create-tables', 'update-assets-icons'],
      } satisfies PlaybookInputs,
    },
    {
      id: 'jobs',
      kind: 'stream-steps',
      title: 'stream jobs',
      needs: ['processes', 'spec', ...(index === undefined ? [] : ['index'])],
      inputs: {
        jobs: lake.jobs.map(({ id, jar, mainClass }) => ({ id, jar, mainClass, sha256: sha256(jar) })),
      } satisfies StreamStepsInputs,
    },
  );
  return steps;
}
