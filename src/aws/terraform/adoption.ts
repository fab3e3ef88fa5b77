import { domainOf, partitionOf } from '../partition.ts';

/**
 * The id by which `terraform import` finds the resource of an ARN, from the page of each type in the documentation of the AWS provider.
 * Undefined for a type that can't be imported, or need not be because making it again changes nothing.
 */
export function importId(type: string, arn: string): string | undefined {
  return ids[type]?.(arn);
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

const ids: Record<string, ((arn: string) => string | undefined) | undefined> = {
  aws_vpc: last,
  aws_subnet: last,
  aws_internet_gateway: last,
  aws_nat_gateway: last,
  aws_eip: last,
  aws_route_table: last,
  aws_security_group: last,
  aws_vpc_security_group_ingress_rule: last,
  aws_vpc_security_group_egress_rule: last,
  aws_vpc_endpoint: last,
  aws_instance: last,
  aws_s3_bucket: name,
  aws_msk_cluster: whole,
  aws_emr_cluster: last,
  aws_lambda_function: name,
  aws_sns_topic: whole,
  aws_sqs_queue: queueAddress,
  aws_cloudwatch_log_group: (arn) => /log-group:([^:]+)/.exec(arn)?.[1],
  aws_cloudwatch_metric_alarm: name,
  aws_cloudwatch_event_rule: (arn) => last(arn),
  aws_iam_role: last,
  aws_iam_policy: whole,
  aws_iam_instance_profile: last,
  aws_athena_workgroup: last,
  aws_glue_crawler: last,
};

/** arn:aws:sqs:REGION:ACCOUNT:NAME is imported by its address. */
function queueAddress(arn: string): string | undefined {
  const [, , , region, account, queue] = arn.split(':');
  if (region === undefined || account === undefined || queue === undefined) return undefined;
  return `https://sqs.${region}.${domainOf(region)}/${account}/${queue}`;
}
