import { listProducerTasks, taskSize, topicsTask, type ProducerTask } from '../../src/aws/containers/tasks.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import {
  CloudwatchLogGroup,
  Construct,
  EcrLifecyclePolicy,
  EcrRepository,
  EcsCluster,
  EcsService,
  EcsTaskDefinition,
  type ITerraformDependable,
} from '../imports.ts';
import { readObjects, runProducers } from '../grants.ts';
import type { ResourceNames } from '../names.ts';
import { allow, allowEverywhere } from '../statement.ts';
import { Role } from './role.ts';

export interface ContainersProps {
  names: ResourceNames;
  subnetIds: string[];
  securityGroupId: string;
  containers: NonNullable<Deployment['containers']>;
  topics: Deployment['topics'];
  dependsOn: ITerraformDependable[];
}

/** The producers as services of Fargate, and the task that declares the topics. */
export class Containers extends Construct {
  readonly cluster: EcsCluster;
  /** where the image is pushed to; undefined where a published one is used */
  readonly repositoryUrl: string | undefined;
  /** ARNs of task definitions by the name of the task */
  readonly definitions: Record<string, string>;

  constructor(scope: Construct, id: string, props: ContainersProps) {
    super(scope, id);
    const { names } = props;
    const { image, architecture } = props.containers;
    const logs = new CloudwatchLogGroup(this, 'logs', { name: names.producerLogs, retentionInDays: 14 });
    const repository = image.kind === 'own' ? this.repository(names) : undefined;
    this.repositoryUrl = repository?.repositoryUrl;
    const task = new Role(this, 'role', {
      names,
      name: 'producers',
      service: names.principal('ecs-tasks'),
      onlyThisAccount: true,
      statements: [
        ...runProducers(names, props.topics),
        // A task has no disk that somebody could put the spec on.
        ...readObjects(names, names.buckets.artifacts, ['spec/lake.json']),
      ],
    });
    const execution = new Role(this, 'execution', {
      names,
      name: 'producers-start',
      service: names.principal('ecs-tasks'),
      onlyThisAccount: true,
      statements: [
        ...(repository === undefined
          ? []
          : [
              allow(
                ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
                [names.arn('ecr', `repository/${names.named('producers')}`)],
              ),
              allowEverywhere('the sign-in to a registry has no resource level', ['ecr:GetAuthorizationToken']),
            ]),
        allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [names.arn('logs', `log-group:${names.producerLogs}:*`)]),
      ],
    });
    this.cluster = new EcsCluster(this, 'cluster', {
      name: names.named('producers'),
      setting: [{ name: 'containerInsights', value: 'disabled' }],
    });
    const uri = image.kind === 'published' ? image.name : `${repository?.repositoryUrl ?? ''}:${image.tag}`;
    const define = (it: ProducerTask) =>
      new EcsTaskDefinition(this, it.name, {
        family: names.named(it.name),
        ...taskSize,
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        runtimePlatform: {
          operatingSystemFamily: 'LINUX',
          cpuArchitecture: architecture === 'arm64' ? 'ARM64' : 'X86_64',
        },
        taskRoleArn: task.arn,
        executionRoleArn: execution.arn,
        containerDefinitions: JSON.stringify([containerOf(names, it, { uri, logGroup: logs.name })]),
      });
    const topics = define(topicsTask);
    this.definitions = { [topicsTask.name]: topics.arn };
    for (const it of listProducerTasks()) {
      const definition = define(it);
      this.definitions[it.name] = definition.arn;
      new EcsService(this, `${it.name}-service`, {
        name: names.named(it.name),
        cluster: this.cluster.arn,
        taskDefinition: definition.arn,
        launchType: 'FARGATE',
        // A step of "up" starts it, when there are topics, an image and a spec.
        desiredCount: 0,
        // Never two of them at once: the old task ends before the new one starts.
        deploymentMinimumHealthyPercent: 0,
        deploymentMaximumPercent: 100,
        networkConfiguration: {
          subnets: props.subnetIds,
          securityGroups: [props.securityGroupId],
          assignPublicIp: false,
        },
        propagateTags: 'SERVICE',
        // Both are that step's: a new definition may need an image that is pushed after this.
        lifecycle: { ignoreChanges: ['desired_count', 'task_definition'] },
        dependsOn: [...props.dependsOn, ...task.rights, ...execution.rights],
      });
    }
  }

  private repository(names: ResourceNames): EcrRepository {
    const repository = new EcrRepository(this, 'repository', {
      name: names.named('producers'),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'AES256' }],
      // It has nothing but images that can be built again.
      forceDelete: true,
    });
    new EcrLifecyclePolicy(this, 'images', {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: 'The newest images are enough to go back',
            selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 },
            action: { type: 'expire' },
          },
        ],
      }),
    });
    return repository;
  }
}

/** The one container of a task ("Amazon ECS task definition parameters for Fargate"). The empty lists are what ECS adds: without them each plan would differ. */
function containerOf(names: ResourceNames, task: ProducerTask, { uri, logGroup }: { uri: string; logGroup: string }) {
  return {
    name: task.name,
    image: uri,
    essential: true,
    command: [...task.command, '--spec', `s3://${names.buckets.artifacts}/spec/lake.json`],
    environment: [{ name: 'AWS_REGION', value: names.region }],
    readonlyRootFilesystem: true,
    // The producers wait 15 s for acknowledgements.
    stopTimeout: 30,
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logGroup,
        'awslogs-region': names.region,
        'awslogs-stream-prefix': 'task',
      },
    },
    mountPoints: [],
    portMappings: [],
    systemControls: [],
    volumesFrom: [],
  };
}
