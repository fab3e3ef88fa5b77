import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { stackFile } from '../../src/aws/deployment/stack-files.ts';
import { CloudwatchLogGroup, Construct, LambdaFunction, SqsQueue } from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { allow, type Statement } from '../statement.ts';
import { Role } from './role.ts';

export interface FunctionProps {
  names: ResourceNames;
  /** without prefix */
  name: string;
  description: string;
  /** a zip with an `index.mjs`, or a jar */
  code: Deployment['functions'][string];
  /** seconds */
  timeout: number;
  /** default: Node, by the handler of `index.mjs` */
  runtime?: FunctionRuntime;
  environment: Record<string, string>;
  statements: Statement[];
}

/** What runs the code, and with how much memory; Lambda gives a whole processor at 1,769 MB. */
export interface FunctionRuntime {
  name: string;
  handler: string;
  memoryMb: number;
}

const node: FunctionRuntime = { name: 'nodejs22.x', handler: 'index.handler', memoryMb: 512 };

/** A function with its own role, log and queue for failed events; it runs once at a time. */
export class Function extends Construct {
  readonly lambda: LambdaFunction;
  readonly deadLetters: SqsQueue;

  constructor(scope: Construct, id: string, props: FunctionProps) {
    super(scope, id);
    const { names, code, runtime = node } = props;
    const name = names.named(props.name);
    const logGroup = `/aws/lambda/${name}`;
    const logs = new CloudwatchLogGroup(this, 'logs', { name: logGroup, retentionInDays: 14 });
    this.deadLetters = new SqsQueue(this, 'dead-letters', {
      name: `${name}-failed`,
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 14 * 86_400,
    });
    const role = new Role(this, 'role', {
      names,
      name: props.name,
      service: 'lambda.amazonaws.com',
      statements: [
        ...props.statements,
        allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [names.arn('logs', `log-group:${logGroup}:*`)]),
        allow(['sqs:SendMessage'], [names.arn('sqs', `${name}-failed`)]),
      ],
    });
    this.lambda = new LambdaFunction(this, 'lambda', {
      functionName: name,
      description: props.description,
      role: role.arn,
      runtime: runtime.name,
      architectures: ['arm64'],
      handler: runtime.handler,
      filename: stackFile(code.path),
      sourceCodeHash: Buffer.from(code.sha256, 'hex').toString('base64'),
      timeout: props.timeout,
      memorySize: runtime.memoryMb,
      reservedConcurrentExecutions: 1,
      deadLetterConfig: { targetArn: this.deadLetters.arn },
      environment: { variables: props.environment },
      dependsOn: [logs, ...role.rights],
    });
  }
}
