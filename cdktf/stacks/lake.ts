import { functionNames } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { Access } from '../constructs/access.ts';
import { Alarms } from '../constructs/alarms.ts';
import { Alerts } from '../constructs/alerts.ts';
import { Budget } from '../constructs/budget.ts';
import { Catalog } from '../constructs/catalog.ts';
import { Compute } from '../constructs/compute.ts';
import { Containers } from '../constructs/containers.ts';
import { Crawler } from '../constructs/crawler.ts';
import { Dashboard } from '../constructs/dashboard.ts';
import { Firewall } from '../constructs/firewall.ts';
import { Functions } from '../constructs/functions.ts';
import { GlueMaintenance } from '../constructs/glue-maintenance.ts';
import { Jars } from '../constructs/jars.ts';
import { Macie } from '../constructs/macie.ts';
import { Network } from '../constructs/network.ts';
import { Producers } from '../constructs/producers.ts';
import { Storage } from '../constructs/storage.ts';
import { Stream } from '../constructs/stream.ts';
import { Triggers } from '../constructs/triggers.ts';
import { AwsProvider, TerraformOutput, TerraformStack, type Construct } from '../imports.ts';
import { resourceNames, type ResourceNames } from '../names.ts';
import { Refusal } from '../refusal.ts';
import { keepState } from '../state.ts';

/** Ports of Elastic Cloud in every region. */
const cloudPorts = [443, 9243];

/** @throws Refusal for a host without a key */
function keyOf({ publicKey }: Deployment): string {
  if (publicKey !== undefined) return publicKey;
  throw new Refusal('the deployment names no key of the host');
}

/** TCP ports of Elasticsearch that the jobs must reach. */
function searchPorts(search: Deployment['search']): number[] {
  if (search.kind === 'cloud') return cloudPorts;
  const { port, protocol } = new URL(search.url);
  return [port !== '' ? Number(port) : protocol === 'http:' ? 80 : 443];
}

/** The lake in AWS. What holds data depends on nothing else: when only the data is kept, the stack has only that part. */
export class LakeStack extends TerraformStack {
  /** @param provider version of the provider of AWS; absent: that of the bindings */
  constructor(scope: Construct, deployment: Deployment, provider?: string) {
    super(scope, 'lake');
    const names = resourceNames(deployment);
    keepState(this, deployment);
    const aws = new AwsProvider(this, 'aws', {
      region: names.region,
      // Refuses another account.
      allowedAccountIds: [names.accountId],
      defaultTags: [{ tags: names.tags }],
    });
    const storage = new Storage(this, 'storage', { names });
    const { databases } = deployment;
    const catalog = new Catalog(this, 'catalog', { names, databases, queryLimitGb: deployment.aws.queryLimitGb });
    this.output('workgroup', catalog.workgroup.name);
    if (deployment.extent !== 'whole') return;
    this.whole(names, deployment, storage, provider ?? aws.terraformGeneratorMetadata?.providerVersion ?? '');
  }

  private whole(names: ResourceNames, deployment: Deployment, storage: Storage, provider: string): void {
    const { topics, jobs, aws } = deployment;
    const databases = deployment.databases.map(({ name }) => name);
    new Jars(this, 'jars', { bucket: storage.artifacts.bucket, jars: deployment.jars });
    const network = new Network(this, 'network', { names, zones: deployment.zones });
    const { groups, rules } = new Firewall(this, 'firewall', {
      names,
      vpcId: network.vpc.id,
      callerCidr: deployment.containers === undefined ? deployment.callerCidr : undefined,
      searchPorts: searchPorts(deployment.search),
      s3PrefixListId: network.s3PrefixListId,
    });
    const { cluster: stream } = new Stream(this, 'stream', {
      names,
      subnetIds: network.privateSubnets.map(({ id }) => id),
      securityGroupId: groups.stream.id,
      topics,
      brokers: aws.brokers,
    });
    const { cluster } = new Compute(this, 'compute', {
      names,
      subnetId: network.privateSubnets[deployment.jobsZone]?.id ?? '',
      groups,
      databases,
      topics,
      jobs,
      emr: aws.emr,
      artifacts: storage.artifacts.bucket,
      provider,
      certificates: deployment.certificates,
      dependsOn: [...network.wayOut, ...rules, storage.logs.bucket],
    });
    const common = { names, securityGroupId: groups.producers.id, topics, dependsOn: [...network.wayOut, ...rules] };
    const containers =
      deployment.containers === undefined
        ? undefined
        : // Role and log group keep their addresses: a lake that changes from a host to containers keeps both.
          new Containers(this, 'producers', {
            ...common,
            subnetIds: network.privateSubnets.map(({ id }) => id),
            containers: deployment.containers,
          });
    const host =
      containers === undefined
        ? new Producers(this, 'producers', {
            ...common,
            subnetId: network.publicSubnet.id,
            instanceType: aws.host.type,
            connection: aws.host.connection,
            publicKey: keyOf(deployment),
          }).host
        : undefined;
    const alerts = new Alerts(this, 'alerts', { names, email: aws.email });
    const topicArn = alerts.topic.arn;
    if (aws.upkeep !== 'emr') {
      const artifacts = storage.artifacts.bucket;
      new GlueMaintenance(this, 'glue-maintenance', { names, databases, artifacts, jars: deployment.jars });
    }
    const functions = new Functions(this, 'functions', {
      names,
      code: deployment.functions,
      databases,
      coinapiUrl: deployment.coinapiUrl,
      alertsArn: topicArn,
      hasCloudSearch: deployment.search.kind === 'cloud',
      hasContainers: containers !== undefined,
      engine: aws.upkeep,
      jars: deployment.jars,
    }).byName;
    // The id is a part of addresses that lakes have already.
    new Triggers(this, 'upkeep', {
      names,
      functions,
      schedules: deployment.schedules,
      clusterId: cluster.id,
      engine: aws.upkeep,
      expiresAt: deployment.expiresAt,
    });
    const watched = {
      ...{ names, jobs, clusterId: cluster.id },
      host: host === undefined ? undefined : { id: host.id, type: aws.host.type },
      brokers: { count: aws.brokers.count, type: aws.brokers.type },
      hasCloudSearch: deployment.search.kind === 'cloud',
    };
    new Alarms(this, 'alarms', { ...watched, topicArn, functions, alarms: deployment.alarms });
    new Dashboard(this, 'dashboard', {
      ...{ ...watched, natGatewayId: network.natGatewayId },
      expiresAt: deployment.expiresAt,
    });
    new Access(this, 'access', { names, databases, engine: aws.upkeep, hasContainers: containers !== undefined });
    if (aws.crawler) {
      const bronze = deployment.databases.find(({ layer }) => layer === 'bronze');
      if (bronze !== undefined) new Crawler(this, 'crawler', { names, database: bronze.name });
    }
    if (deployment.macieSession !== 'off') new Macie(this, 'macie', { names, session: deployment.macieSession });
    if (aws.monthlyBudget > 0) {
      const guard = deployment.alarms.find(({ id }) => id === 'cost-guard');
      new Budget(this, 'budget', {
        ...{ names, limit: aws.monthlyBudget, topicArn, dependsOn: [alerts.policy] },
        alertAt: guard?.threshold ?? 80,
      });
    }

    this.output('bootstrap_brokers', stream.bootstrapBrokersSaslIam);
    this.output('stream_arn', stream.arn);
    this.output('cluster_id', cluster.id);
    if (host !== undefined) {
      this.output('producer_host', host.publicIp);
      this.output('producer_instance_id', host.id);
    }
    if (containers !== undefined) {
      this.output('producer_cluster', containers.cluster.name);
      this.output('producer_tasks', containers.definitions);
      this.output('producer_network', {
        subnets: network.privateSubnets.map(({ id }) => id),
        securityGroups: [groups.producers.id],
      });
      if (containers.repositoryUrl !== undefined) this.output('producer_repository', containers.repositoryUrl);
    }
    this.output('alerts_topic_arn', topicArn);
    this.output('functions', Object.fromEntries(functionNames.map((name) => [name, functions[name].lambda.arn])));
    this.output('vpc_id', network.vpc.id);
  }

  private output(name: string, value: unknown): void {
    new TerraformOutput(this, `output-${name}`, { value }).overrideLogicalId(name);
  }
}
