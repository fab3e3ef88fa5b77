import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import {
  AppautoscalingPolicy,
  AppautoscalingTarget,
  CloudwatchLogGroup,
  Construct,
  MskCluster,
  MskConfiguration,
} from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { Refusal } from '../refusal.ts';

export interface StreamProps {
  names: ResourceNames;
  /** private subnets, one in each zone */
  subnetIds: string[];
  securityGroupId: string;
  topics: Deployment['topics'];
  brokers: Deployment['aws']['brokers'];
}

/** Storage may grow automatically to this multiple. */
const storageGrowth = 5;

/** `server.properties` of the brokers. Topics set their own retention; this one is for a topic without. */
function serverProperties(count: number, topics: Deployment['topics']): string {
  const replicas = Math.min(3, count);
  const retentionDays = Math.max(...topics.map((topic) => topic.retentionDays));
  return Object.entries({
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'delete.topic.enable': true,
    'log.retention.hours': Math.ceil(retentionDays * 24),
    'min.insync.replicas': Math.max(1, replicas - 1),
    'num.partitions': 1,
    'offsets.topic.replication.factor': replicas,
    'unclean.leader.election.enable': false,
  })
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join('');
}

/** Kafka: brokers in all zones, reached with IAM and TLS only. */
export class Stream extends Construct {
  readonly cluster: MskCluster;

  constructor(scope: Construct, id: string, { names, subnetIds, securityGroupId, topics, brokers }: StreamProps) {
    super(scope, id);
    const zones = Math.min(subnetIds.length, brokers.count);
    if (brokers.count < 2 || brokers.count % zones !== 0) {
      throw new Refusal(
        `MSK spreads its brokers evenly over ${String(zones)} zones, so ${String(brokers.count)} is not possible: set aws.brokers.count to 2 or a multiple of ${String(subnetIds.length)}`,
      );
    }
    const logs = new CloudwatchLogGroup(this, 'logs', { name: names.streamLogs, retentionInDays: 14 });
    const configuration = new MskConfiguration(this, 'configuration', {
      name: names.named('stream'),
      kafkaVersions: [brokers.version],
      serverProperties: serverProperties(brokers.count, topics),
      // The list only describes it, and a configuration that brokers use can't be replaced.
      lifecycle: { ignoreChanges: ['kafka_versions'] },
    });
    this.cluster = new MskCluster(this, 'cluster', {
      clusterName: names.named('stream'),
      kafkaVersion: brokers.version,
      numberOfBrokerNodes: brokers.count,
      brokerNodeGroupInfo: {
        instanceType: brokers.type,
        clientSubnets: subnetIds.slice(0, zones),
        securityGroups: [securityGroupId],
        storageInfo: { ebsStorageInfo: { volumeSize: brokers.storageGb } },
      },
      clientAuthentication: { sasl: { iam: true }, unauthenticated: false },
      encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
      configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
      loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: logs.name } } },
      // Storage that has grown keeps its size.
      lifecycle: {
        ignoreChanges: ['broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size'],
      },
    });
    const target = new AppautoscalingTarget(this, 'storage', {
      serviceNamespace: 'kafka',
      scalableDimension: 'kafka:broker-storage:VolumeSize',
      resourceId: this.cluster.arn,
      // MSK requires exactly this.
      minCapacity: 1,
      maxCapacity: brokers.storageGb * storageGrowth,
    });
    new AppautoscalingPolicy(this, 'storage-policy', {
      name: names.named('stream-storage'),
      policyType: 'TargetTrackingScaling',
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: 70,
        disableScaleIn: true,
        predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
      },
    });
  }
}
