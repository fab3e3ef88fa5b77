// The only imports of CDKTF and its bindings: each resource from its own module, because the root of the package loads all of them.
export {
  App,
  Aspects,
  Fn,
  LocalBackend,
  S3Backend,
  TerraformOutput,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
export type { IAspect, ITerraformDependable } from 'cdktf';
export { Construct } from 'constructs';
export type { IConstruct } from 'constructs';
export { AppautoscalingPolicy } from '@cdktf/provider-aws/lib/appautoscaling-policy/index.js';
export { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target/index.js';
export { AthenaWorkgroup } from '@cdktf/provider-aws/lib/athena-workgroup/index.js';
export { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js';
export { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
export { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
export { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
export { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
export { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
export type { CloudwatchMetricAlarmConfig } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
export { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones/index.js';
export { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
export { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group/index.js';
export { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy/index.js';
export { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository/index.js';
export { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster/index.js';
export { EcsService } from '@cdktf/provider-aws/lib/ecs-service/index.js';
export { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition/index.js';
export { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
export { EmrCluster } from '@cdktf/provider-aws/lib/emr-cluster/index.js';
export { EmrSecurityConfiguration } from '@cdktf/provider-aws/lib/emr-security-configuration/index.js';
export { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database/index.js';
export { GlueCrawler } from '@cdktf/provider-aws/lib/glue-crawler/index.js';
export { GlueJob } from '@cdktf/provider-aws/lib/glue-job/index.js';
export { GlueSecurityConfiguration } from '@cdktf/provider-aws/lib/glue-security-configuration/index.js';
export { IamGroup } from '@cdktf/provider-aws/lib/iam-group/index.js';
export { IamGroupPolicyAttachment } from '@cdktf/provider-aws/lib/iam-group-policy-attachment/index.js';
export { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
export { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
export { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
export { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
export { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
export { Instance } from '@cdktf/provider-aws/lib/instance/index.js';
export { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway/index.js';
export { KeyPair } from '@cdktf/provider-aws/lib/key-pair/index.js';
export { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function/index.js';
export { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
export { Macie2Account } from '@cdktf/provider-aws/lib/macie2-account/index.js';
export { Macie2ClassificationJob } from '@cdktf/provider-aws/lib/macie2-classification-job/index.js';
export { MskCluster } from '@cdktf/provider-aws/lib/msk-cluster/index.js';
export { MskConfiguration } from '@cdktf/provider-aws/lib/msk-configuration/index.js';
export { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway/index.js';
export { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
export { Route } from '@cdktf/provider-aws/lib/route/index.js';
export { RouteTable } from '@cdktf/provider-aws/lib/route-table/index.js';
export { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association/index.js';
export { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
export { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
export { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
export { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
export { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
export { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
export { S3Object } from '@cdktf/provider-aws/lib/s3-object/index.js';
export { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule/index.js';
export { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
export { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
export { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
export { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
export { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
export { Subnet } from '@cdktf/provider-aws/lib/subnet/index.js';
export { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';
export { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
export { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js';
export { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
