import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import {
  CloudwatchLogGroup,
  Construct,
  DataAwsSsmParameter,
  IamInstanceProfile,
  Instance,
  KeyPair,
  type ITerraformDependable,
} from '../imports.ts';
import { runProducers } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { allow, allowEverywhere } from '../statement.ts';
import { Role } from './role.ts';

export interface ProducersProps {
  names: ResourceNames;
  subnetId: string;
  securityGroupId: string;
  instanceType: string;
  connection: Deployment['aws']['host']['connection'];
  /** in OpenSSH's form */
  publicKey: string;
  topics: Deployment['topics'];
  dependsOn: ITerraformDependable[];
}

/** From the name of the type: a `g` after the generation is Graviton, as in `t4g.small` or `im4gn.large`. */
export function architectureOf(instanceType: string): 'arm64' | 'x86_64' {
  return /^([a-z]+\d+g|a1\.)/.test(instanceType) ? 'arm64' : 'x86_64';
}

/** What the agent of Systems Manager on the host does for a session, and no more ("Create a custom IAM role for Session Manager"). */
const beReached = allowEverywhere('channels of sessions have no resource level', [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
]);

/** The host on which the playbook runs the producers and declares the topics. */
export class Producers extends Construct {
  readonly host: Instance;

  constructor(scope: Construct, id: string, props: ProducersProps) {
    super(scope, id);
    const { names, topics, instanceType } = props;
    const name = names.named('producers');
    const logs = new CloudwatchLogGroup(this, 'logs', { name: names.producerLogs, retentionInDays: 14 });
    const role = new Role(this, 'role', {
      names,
      name: 'producers',
      service: names.principal('ec2'),
      statements: [
        ...runProducers(names, topics),
        allowEverywhere('metrics are no resources; the namespace limits them', ['cloudwatch:PutMetricData'], {
          StringEquals: { 'cloudwatch:namespace': 'CryptoLake' },
        }),
        ...(props.connection === 'session-manager' ? [beReached] : []),
        allow(
          ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          [names.arn('logs', `log-group:${names.producerLogs}:*`)],
        ),
      ],
    });
    const profile = new IamInstanceProfile(this, 'profile', { name, path: names.iamPath, role: role.name });
    const key = new KeyPair(this, 'key', { keyName: name, publicKey: props.publicKey });
    const image = new DataAwsSsmParameter(this, 'image', {
      name: `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architectureOf(instanceType)}`,
    });
    this.host = new Instance(this, 'host', {
      ami: image.insecureValue,
      instanceType,
      subnetId: props.subnetId,
      vpcSecurityGroupIds: [props.securityGroupId],
      associatePublicIpAddress: true,
      iamInstanceProfile: profile.name,
      keyName: key.keyName,
      ebsOptimized: true,
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      rootBlockDevice: { encrypted: true, volumeType: 'gp3', volumeSize: 12, deleteOnTermination: true },
      // Default tags are not applied to the disk.
      volumeTags: { ...names.tags, Name: name },
      tags: { Name: name },
      // A newer image does not replace the host.
      lifecycle: { ignoreChanges: ['ami'] },
      dependsOn: [...props.dependsOn, ...role.rights, logs],
    });
  }
}
