import * as z from 'zod';

/** What Terraform reports of the infrastructure of a lake (`docs/contracts.md`). */
export const lakeOutputs = z.object({
  bootstrap_brokers: z.string(),
  /** ARN of the MSK cluster: a new one means that every topic is made as new */
  stream_arn: z.string(),
  cluster_id: z.string(),
  /** of a host */
  producer_host: z.string().optional(),
  producer_instance_id: z.string().optional(),
  /** of containers: name of the cluster, ARNs of definitions by task, where tasks start, and address of the repository */
  producer_cluster: z.string().optional(),
  producer_tasks: z.record(z.string(), z.string()).optional(),
  producer_network: z.object({ subnets: z.array(z.string()), securityGroups: z.array(z.string()) }).optional(),
  producer_repository: z.string().optional(),
  alerts_topic_arn: z.string(),
  workgroup: z.string(),
  functions: z.record(z.string(), z.string()),
  vpc_id: z.string(),
});

export type LakeOutputs = z.infer<typeof lakeOutputs>;
