import { domainOf, partitionOf } from '../partition.ts';

/**
 * The id by which `terraform import` finds the resource of an ARN, from the page of each type in the documentation of the AWS provider.
 * Undefined for a type that can't be imported, or need not be because making it again changes nothing. Also for an ARN of another kind: a service
 * hands its tags on to what it makes itself, as EMR to the instances, volumes and network interfaces of a cluster.
 */
export function importId(type: string, arn: string): string | undefined {
  const form = forms[type];
  return form?.of === formOf(arn) ? form.id(arn) : undefined;
}

/**
 * The same for a resource without tags, or that is not listed by tags, from its planned values. All of them have the lake's prefix in their
 * name or belong to something that has it.
 */
export function plannedId(
  type: string,
  planned: Record<string, unknown>,
  { accountId, region }: { accountId: string; region: string },
): string | undefined {
  const fields: Record<string, unknown> = { ...planned, accountId, partition: partitionOf(region) };
  let whole = true;
  const id = untagged[type]?.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = fields[name];
    whole &&= typeof value === 'string' && value !== '';
    return String(value);
  });
  return whole ? id : undefined;
}

const untagged: Record<string, string | undefined> = {
  aws_route: '{route_table_id}_{destination_cidr_block}',
  aws_route_table_association: '{subnet_id}/{route_table_id}',
  aws_lambda_permission: '{function_name}/{statement_id}',
  aws_iam_group: '{name}',
  aws_iam_role: '{name}',
  aws_iam_instance_profile: '{name}',
  aws_iam_policy: 'arn:{partition}:iam::{accountId}:policy{path}{name}',
  aws_emr_security_configuration: '{name}',
  aws_glue_security_configuration: '{name}',
  aws_glue_catalog_database: '{accountId}:{name}',
  aws_scheduler_schedule: 'default/{name}',
  aws_budgets_budget: '{accountId}:{name}',
  aws_key_pair: '{key_name}',
  aws_macie2_account: '{accountId}',
};

const last = (arn: string) => arn.split('/').at(-1);
const name = (arn: string) => arn.split(':').at(-1);
const whole = (arn: string) => arn;

/** What the ARN of a resource of a type looks like, as `service:kind` (without a kind where the service has only one), and the id in it. */
interface Form {
  of: string;
  id: (arn: string) => string | undefined;
}

const forms: Record<string, Form | undefined> = {
  aws_vpc: { of: 'ec2:vpc', id: last },
  aws_subnet: { of: 'ec2:subnet', id: last },
  aws_internet_gateway: { of: 'ec2:internet-gateway', id: last },
  aws_nat_gateway: { of: 'ec2:natgateway', id: last },
  aws_eip: { of: 'ec2:elastic-ip', id: last },
  aws_route_table: { of: 'ec2:route-table', id: last },
  aws_security_group: { of: 'ec2:security-group', id: last },
  aws_vpc_security_group_ingress_rule: { of: 'ec2:security-group-rule', id: last },
  aws_vpc_security_group_egress_rule: { of: 'ec2:security-group-rule', id: last },
  aws_vpc_endpoint: { of: 'ec2:vpc-endpoint', id: last },
  aws_instance: { of: 'ec2:instance', id: last },
  aws_s3_bucket: { of: 's3', id: name },
  aws_msk_cluster: { of: 'kafka:cluster', id: whole },
  aws_emr_cluster: { of: 'elasticmapreduce:cluster', id: last },
  aws_lambda_function: { of: 'lambda:function', id: name },
  aws_sns_topic: { of: 'sns', id: whole },
  aws_sqs_queue: { of: 'sqs', id: queueAddress },
  aws_cloudwatch_log_group: { of: 'logs:log-group', id: (arn) => /log-group:([^:]+)/.exec(arn)?.[1] },
  aws_cloudwatch_metric_alarm: { of: 'cloudwatch:alarm', id: name },
  aws_cloudwatch_event_rule: { of: 'events:rule', id: last },
  aws_iam_role: { of: 'iam:role', id: last },
  aws_iam_policy: { of: 'iam:policy', id: whole },
  aws_iam_instance_profile: { of: 'iam:instance-profile', id: last },
  aws_athena_workgroup: { of: 'athena:workgroup', id: last },
  aws_glue_crawler: { of: 'glue:crawler', id: last },
  aws_glue_job: { of: 'glue:job', id: last },
  aws_ecs_cluster: { of: 'ecs:cluster', id: last },
  aws_ecs_service: { of: 'ecs:service', id: (arn) => arn.split('/').slice(-2).join('/') },
  aws_ecs_task_definition: { of: 'ecs:task-definition', id: whole },
  aws_ecr_repository: { of: 'ecr:repository', id: last },
};

/** Services whose ARNs name no kind of resource. */
const single = new Set(['s3', 'sns', 'sqs']);

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:KIND/...` or `KIND:...`, as `service:kind`. */
function formOf(arn: string): string {
  const [, , service = '', , , kind = ''] = arn.split(/[:/]/);
  return single.has(service) ? service : `${service}:${kind}`;
}

/** arn:aws:sqs:REGION:ACCOUNT:NAME is imported by its address. */
function queueAddress(arn: string): string | undefined {
  const [, , , region, account, queue] = arn.split(':');
  if (region === undefined || account === undefined || queue === undefined) return undefined;
  return `https://sqs.${region}.${domainOf(region)}/${account}/${queue}`;
}
