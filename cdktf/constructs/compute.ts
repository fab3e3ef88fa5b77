import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { stackFile } from '../../src/aws/deployment/stack-files.ts';
import {
  Construct,
  EmrCluster,
  EmrSecurityConfiguration,
  IamInstanceProfile,
  S3Object,
  type ITerraformDependable,
  type S3Bucket,
} from '../imports.ts';
import { commitTables, readObjects, readSecret, useStream, writeObjects } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { allow, type Statement } from '../statement.ts';
import type { Firewall } from './firewall.ts';
import { emrTag } from './network.ts';
import { Role } from './role.ts';

export interface ComputeProps {
  names: ResourceNames;
  subnetId: string;
  groups: Firewall['groups'];
  databases: string[];
  topics: Deployment['topics'];
  jobs: Deployment['jobs'];
  emr: Deployment['aws']['emr'];
  artifacts: S3Bucket;
  /** version of the provider of AWS */
  provider: string;
  /** zip with the nodes' certificate; absent: nodes use no TLS */
  certificates?: Deployment['certificates'];
  /** what must exist before nodes start: routes, rules */
  dependsOn: ITerraformDependable[];
}

/** The stream jobs, a maintenance by Spark, and a step that is submitted again while the step before it ends. */
const leastConcurrency = 5;

/** Rights of the jobs: their topics, their tables, their checkpoints. */
function jobRights({ names, databases, topics, jobs }: ComputeProps): Statement[] {
  const topic = (id: string) => topics.filter((one) => one.id === id).map((one) => one.name);
  const read = topics.filter(({ id }) => jobs.some((job) => job.topic === id)).map((one) => one.name);
  const { artifacts, logs } = names.buckets;
  return [
    ...commitTables(names, databases),
    ...readObjects(names, artifacts, ['jars/*', 'spec/*', 'certificates/*']),
    ...writeObjects(names, artifacts, ['checkpoints/*', 'progress/*']),
    ...writeObjects(names, logs, ['emr/*']),
    // EMR's own programs, from its bucket in the region.
    ...readObjects(names, `${names.region}.elasticmapreduce`, ['*']),
    readSecret(names, 'elasticsearch'),
    ...useStream(names, {
      reads: read,
      writes: topic('bad'),
      // The jobs know what has been taken (decision 39).
      trims: read,
    }),
  ];
}

/**
 * Attributes that the provider reads back from EMR and would replace the cluster for, from its version 6 on; an earlier one refuses the name.
 * https://github.com/hashicorp/terraform-provider-aws/pull/43018
 */
function readBack(provider: string): string[] {
  return Number(provider.split('.')[0]) >= 6 ? ['os_release_label'] : [];
}

/** Of a node. Nothing of ours is in HDFS; by default EMR gives twice as much, of the dearer kind. */
const disk = { type: 'gp3', size: 32, volumesPerInstance: 1 };

/** Settings of the cluster's applications, in EMR's format (`Configure applications`). */
const configurations = [
  { Classification: 'iceberg-defaults', Properties: { 'iceberg.enabled': 'true' } },
  {
    Classification: 'capacity-scheduler',
    // Each stream has an application master; by default all of them get a tenth of the memory.
    Properties: { 'yarn.scheduler.capacity.maximum-am-resource-percent': '0.8' },
  },
  {
    Classification: 'hadoop-env',
    // The drivers of the streams are on the primary node, where these two would take 2.4 GB each for MapReduce, which nobody runs.
    Configurations: [
      {
        Classification: 'export',
        Properties: { HADOOP_JOB_HISTORYSERVER_HEAPSIZE: '512', YARN_PROXYSERVER_HEAPSIZE: '512' },
      },
    ],
  },
];

/** EMR's security configuration (`Create a security configuration`). */
function securityOf(names: ResourceNames, certificates: string | undefined): string {
  return JSON.stringify({
    EncryptionConfiguration: {
      EnableAtRestEncryption: true,
      AtRestEncryptionConfiguration: { S3EncryptionConfiguration: { EncryptionMode: 'SSE-S3' } },
      EnableInTransitEncryption: certificates !== undefined,
      ...(certificates === undefined
        ? {}
        : {
            InTransitEncryptionConfiguration: {
              TLSCertificateConfiguration: {
                CertificateProviderType: 'PEM',
                S3Object: `s3://${names.buckets.artifacts}/${certificates}`,
              },
            },
          }),
    },
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1 },
  });
}

/** The EMR cluster that runs the stream jobs as steps. It runs until a user or the time to live ends it. */
export class Compute extends Construct {
  readonly cluster: EmrCluster;

  constructor(scope: Construct, id: string, props: ComputeProps) {
    super(scope, id);
    const { names, groups, emr } = props;
    const nodeRole = new Role(this, 'node', {
      names,
      name: 'jobs-node',
      service: names.principal('ec2'),
      statements: jobRights(props),
    });
    const profile = new IamInstanceProfile(this, 'profile', {
      name: names.named('jobs'),
      path: names.iamPath,
      role: nodeRole.name,
    });
    const serviceRole = new Role(this, 'service', {
      names,
      name: 'jobs-service',
      service: names.principal('elasticmapreduce'),
      onlyThisAccount: true,
      managedPolicy: names.managedPolicyArn('service-role/AmazonEMRServicePolicy_v2'),
      statements: [
        allow(['iam:PassRole'], [names.iamArn(`role${names.iamPath}${names.named('jobs-node')}`)], {
          StringEquals: { 'iam:PassedToService': names.principal('ec2') },
        }),
      ],
    });
    const certificates = this.upload(props);
    const security = new EmrSecurityConfiguration(this, 'security', {
      name: names.named('jobs'),
      configuration: securityOf(names, certificates?.key),
    });
    this.cluster = new EmrCluster(this, 'cluster', {
      name: names.cluster,
      releaseLabel: emr.release,
      applications: ['Spark'],
      serviceRole: serviceRole.arn,
      securityConfiguration: security.name,
      logUri: `s3://${names.buckets.logs}/emr/`,
      keepJobFlowAliveWhenNoSteps: true,
      terminationProtection: false,
      stepConcurrencyLevel: Math.max(leastConcurrency, props.jobs.length + 2),
      configurationsJson: JSON.stringify(configurations),
      ec2Attributes: {
        subnetId: props.subnetId,
        instanceProfile: profile.arn,
        emrManagedMasterSecurityGroup: groups.primary.id,
        emrManagedSlaveSecurityGroup: groups.core.id,
        serviceAccessSecurityGroup: groups.service.id,
      },
      masterInstanceGroup: { instanceType: emr.primary, ebsConfig: [disk] },
      coreInstanceGroup: { instanceType: emr.core, instanceCount: emr.coreCount, ebsConfig: [disk] },
      tags: { Name: names.cluster, ...emrTag },
      // The command line submits the steps.
      lifecycle: { ignoreChanges: ['step', ...readBack(props.provider)] },
      dependsOn: [
        ...props.dependsOn,
        ...nodeRole.rights,
        ...serviceRole.rights,
        ...(certificates === undefined ? [] : [certificates.object]),
      ],
    });
  }

  /** Terraform's state gets the hash and the path of the zip, not its content. */
  private upload({ certificates, artifacts }: ComputeProps): { key: string; object: S3Object } | undefined {
    if (certificates === undefined) return undefined;
    // Always under this name: another one would change the security configuration, and that would replace the cluster.
    const key = 'certificates/nodes.zip';
    const object = new S3Object(this, 'certificates', {
      bucket: artifacts.id,
      key,
      source: stackFile(certificates.path),
      sourceHash: certificates.sha256,
      serverSideEncryption: 'AES256',
    });
    return { key, object };
  }
}
