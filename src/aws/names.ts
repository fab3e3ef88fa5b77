export type AwsNames = ReturnType<typeof awsNames>;

/** Names of everything of a lake in an account (`docs/contracts.md`): plain text, known before anything is made. */
export function awsNames(prefix: string) {
  /** @param name without prefix */
  const named = (name: string) => `${prefix}-${name}`;
  return {
    named,
    /** on every resource, to find it again */
    tags: { project: 'crypto-lake', lake: prefix },
    /** of IAM entities */
    iamPath: `/crypto-lake/${prefix}/`,
    secret: (name: string) => `${prefix}/${name}`,
    stateBucket: named('cryptodm-state'),
    /** all that the constructs make */
    buckets: {
      bronze: named('bronze-iceberg-data'),
      silver: named('silver-iceberg-data'),
      gold: named('gold-iceberg-data'),
      artifacts: named('artifacts'),
      logs: named('logs'),
    },
    workgroup: named('lake'),
    cluster: named('jobs'),
    /** the job of Glue that does the maintenance by Spark, and the first part of the names of its log groups */
    maintenanceJob: named('optimize'),
    maintenanceLogs: `/crypto-lake/${prefix}/optimize`,
    streamLogs: `/crypto-lake/${prefix}/msk`,
    producerLogs: `/crypto-lake/${prefix}/producers`,
  };
}
