import { BudgetsBudget, Construct, type ITerraformDependable } from '../imports.ts';
import type { ResourceNames } from '../names.ts';

export interface BudgetProps {
  names: ResourceNames;
  /** US dollars a month */
  limit: number;
  /** percent of the limit at which a message is sent */
  alertAt: number;
  topicArn: string;
  dependsOn: ITerraformDependable[];
}

/** Sends a message when the lake has used most of its budget. It sees costs only where `lake` is activated as a cost allocation tag. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { names, limit, alertAt, topicArn, dependsOn }: BudgetProps) {
    super(scope, id);
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: 'PERCENTAGE',
      comparisonOperator: 'GREATER_THAN',
      subscriberSnsTopicArns: [topicArn],
    });
    new BudgetsBudget(this, 'budget', {
      name: names.named('lake'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: limit.toFixed(2),
      limitUnit: 'USD',
      costFilter: [{ name: 'TagKeyValue', values: [`user:lake$${names.prefix}`] }],
      notification: [notify('ACTUAL', alertAt), notify('FORECASTED', 100)],
      dependsOn,
    });
  }
}
