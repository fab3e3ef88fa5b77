import * as z from 'zod';
import { Fault } from '../../errors.ts';

/** What Terraform tells of a standing lake (`docs/contracts.md`). */
const schema = z.object({
  bootstrap_brokers: z.string(),
  /** ARN of the MSK cluster: a new one means that every topic is made anew */
  stream_arn: z.string(),
  cluster_id: z.string(),
  producer_host: z.string(),
  producer_instance_id: z.string(),
  alerts_topic_arn: z.string(),
  workgroup: z.string(),
  functions: z.record(z.string(), z.string()),
  vpc_id: z.string(),
});

export type LakeOutputs = z.infer<typeof schema>;

/** @throws Fault of kind `part` when the infrastructure has not told them */
export function readLakeOutputs(outputs: unknown): LakeOutputs {
  const read = schema.safeParse(outputs);
  if (read.success) return read.data;
  throw new Fault(
    'part',
    `the infrastructure tells no ${read.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    {
      where: 'terraform output',
      next: 'Run "cryptodm up" again.',
      cause: read.error,
    },
  );
}
