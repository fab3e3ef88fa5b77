import { Construct, SnsTopic, SnsTopicPolicy, SnsTopicSubscription } from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { policy } from '../statement.ts';

export interface AlertsProps {
  names: ResourceNames;
  /** absent: the topic has no subscriber */
  email?: string | undefined;
}

/** The topic to which alarms, the budget and the functions send messages for people. */
export class Alerts extends Construct {
  readonly topic: SnsTopic;
  readonly policy: SnsTopicPolicy;

  constructor(scope: Construct, id: string, { names, email }: AlertsProps) {
    super(scope, id);
    this.topic = new SnsTopic(this, 'topic', { name: names.named('alerts') });
    this.policy = new SnsTopicPolicy(this, 'policy', {
      arn: this.topic.arn,
      policy: policy([
        {
          Effect: 'Allow',
          Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
          Action: ['sns:Publish'],
          Resource: [names.arn('sns', names.named('alerts'))],
          Condition: { StringEquals: { 'aws:SourceAccount': names.accountId } },
        },
      ]),
    });
    if (email !== undefined) {
      new SnsTopicSubscription(this, 'email', { topicArn: this.topic.arn, protocol: 'email', endpoint: email });
    }
  }
}
