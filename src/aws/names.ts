export type AwsNames = ReturnType<typeof awsNames>;

/** Where everything of a lake lies in an account and what it is called (`docs/contracts.md`): plain text, known before anything is made. */
export function awsNames(prefix: string) {
  /** @param name without prefix */
  const named = (name: string) => `${prefix}-${name}`;
  return {
    named,
    /** on everything made; under them it is found again */
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
    streamLogs: `/crypto-lake/${prefix}/msk`,
    producerLogs: `/crypto-lake/${prefix}/producers`,
  };
}
