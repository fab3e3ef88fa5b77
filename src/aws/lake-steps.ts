import { createHash } from 'node:crypto';
import type { Step } from '../engine/step.ts';
import { renderMarketDashboard } from '../lake/kibana/market-dashboard.ts';
import { renderIndexTemplate } from '../lake/mapping.ts';
import type { Lake } from '../lake/schema.ts';
import type { TargetSpec } from '../lake/spec.ts';
import type { Settings } from '../settings/schema.ts';
import { cloudIndex } from './steps/cloud-index.ts';
import { kibanaObjects } from './steps/kibana-objects.ts';
import type { AwsSession } from './steps/kinds.ts';
import { lakeIntent } from './steps/lake-intent.ts';
import type { LakeOutputs } from './steps/lake-outputs.ts';
import { playbook } from './steps/playbook.ts';
import { producerImage } from './steps/producer-image.ts';
import { producerServices, topicsByTask } from './steps/producer-tasks.ts';
import { searchUser } from './steps/search-user.ts';
import { specObject } from './steps/spec-object.ts';
import { streamSteps } from './steps/stream-steps.ts';
import { lakeStack, searchStack } from './steps/terraform.ts';
import { streamDriverHeap } from './jobs/emr-step.ts';
import { awsNames } from './names.ts';
import type { Deployment } from './deployment/deployment.ts';
import { renderBatches, renderProduction, renderTrigger as trigger } from '../settings/production.ts';

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
): Omit<TargetSpec, 'generations' | 'begins'> {
  const names = awsNames(prefix);
  const { topicBytes, quotes, trades, market } = renderProduction(settings);
  const { tables, search } = settings.aws.triggers;
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
    topicBytes,
    views: true,
    search: { url: known.searchUrl, secret: names.secret('elasticsearch') },
    checkpoints: `s3://${names.buckets.artifacts}/checkpoints`,
    progress: `s3://${names.buckets.artifacts}/progress`,
    triggers: {
      quotes: trigger(settings.aws.triggers.tables),
      trades: trigger(settings.aws.triggers.tables),
      market: trigger(settings.aws.triggers.tables),
      search: trigger(settings.aws.triggers.search),
      layers: trigger(settings.aws.triggers.layers),
    },
    batches: renderBatches(settings, { quotes: tables, trades: tables, market: tables, search }, streamDriverHeap),
    quotes: {
      ...quotes,
      ...(known.marketKeys ? { keysSecret: names.secret('alpaca') } : {}),
    },
    trades,
    market,
  };
}

/** The infrastructure as a step; all others need it. */
export function infrastructureStep() {
  return lakeStack.step({ id: 'infrastructure', title: 'infrastructure', data: true, inputs: {} });
}

/** The steps that make a lake in an account. Nothing happens here; what a machine knows (folders, plans) comes with the session. */
export function awsSteps(
  lake: Lake,
  deployment: Deployment,
  options: { produce: boolean },
): Step<unknown, AwsSession>[] {
  const names = awsNames(deployment.aws.prefix);
  const declared = lake.indexes[0];
  const sha256 = (jar: string) => deployment.jars[jar]?.sha256 ?? '';

  const infrastructure = infrastructureStep();
  const search =
    deployment.search.kind === 'cloud'
      ? searchStack.step({ id: 'search', title: 'Elastic Cloud', data: true, inputs: {} })
      : undefined;
  const user =
    search === undefined
      ? undefined
      : searchUser.step({
          id: 'search-user',
          title: 'search user',
          data: true,
          takes: { search },
          inputs: {
            secret: names.secret('elasticsearch'),
            index: declared?.name ?? '',
            aliases: declared === undefined ? [] : [declared.alias],
          },
        });
  const index =
    declared === undefined
      ? undefined
      : cloudIndex.step({
          id: 'index',
          title: 'index',
          needs: [user ?? infrastructure],
          takes: { search },
          data: true,
          inputs: {
            name: declared.name,
            template: renderIndexTemplate(lake, declared.name, 0),
            ...(deployment.search.kind === 'existing' ? { url: deployment.search.url } : {}),
          },
        });
  const kibana =
    search === undefined || index === undefined
      ? undefined
      : kibanaObjects.step({
          id: 'kibana',
          title: 'dashboard in Kibana',
          // The index comes after the user, who was made by resetting the same password of the administrator.
          needs: [index],
          takes: { search },
          data: true,
          inputs: { sha256: createHash('sha256').update(renderMarketDashboard(lake)).digest('hex') },
        });
  const spec = specObject.step({ id: 'spec', title: 'spec', takes: { infrastructure, search }, inputs: { lake } });
  const functions = ['create-tables', 'update-assets-icons'];
  const containers = deployment.containers;
  const image =
    containers?.image.kind === 'own'
      ? producerImage.step({
          id: 'image',
          title: 'image of the producers',
          takes: { infrastructure },
          inputs: { tag: containers.image.tag },
        })
      : undefined;
  const topics =
    containers === undefined
      ? undefined
      : topicsByTask.step({
          id: 'topics',
          title: 'topics',
          needs: image === undefined ? [] : [image],
          takes: { infrastructure, spec },
          inputs: { functions },
        });
  const processes =
    topics === undefined
      ? playbook.step({
          id: 'processes',
          title: 'topics and producers',
          takes: { infrastructure, spec },
          inputs: {
            units: lake.producers.map(({ id, jar }) => ({ id, jar, sha256: sha256(jar), enabled: options.produce })),
            functions,
          },
        })
      : producerServices.step({
          id: 'services',
          title: 'producers',
          needs: [topics],
          takes: { infrastructure, spec },
          inputs: { units: lake.producers.map(({ id }) => ({ id, enabled: options.produce })) },
        });
  const intent = lakeIntent.step({
    id: 'intent',
    title: 'what is wanted',
    // From then on silence is a failure.
    needs: [processes],
    inputs: {
      ...(deployment.expiresAt === undefined ? {} : { expiresAt: deployment.expiresAt }),
      producing: options.produce,
    },
  });
  const jobs = streamSteps.step({
    id: 'jobs',
    title: 'stream jobs',
    needs: [processes, ...(index === undefined ? [] : [index])],
    takes: { infrastructure, spec },
    inputs: {
      jobs: lake.jobs.map(({ id, jar, mainClass }) => ({ id, jar, mainClass, sha256: sha256(jar) })),
    },
  });
  const all = [infrastructure, search, user, index, kibana, spec, image, topics, processes, intent, jobs];
  return all.filter((step) => step !== undefined);
}
