import * as z from 'zod';

/** What Terraform reports of the infrastructure of a lake (`docs/contracts.md`). */
export const lakeOutputs = z.object({
  bootstrap_brokers: z.string(),
  /** ARN of the MSK cluster: a new one means that every topic is made as new */
  stream_arn: z.string(),
  cluster_id: z.string(),
  producer_host: z.string(),
  producer_instance_id: z.string(),
  alerts_topic_arn: z.string(),
  workgroup: z.string(),
  functions: z.record(z.string(), z.string()),
  vpc_id: z.string(),
});

export type LakeOutputs = z.infer<typeof lakeOutputs>;
