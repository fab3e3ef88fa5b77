/** What the files of a pipeline are written from. */
export interface Pipeline {
  prefix: string;
  region: string;
  owner: string;
  repository: string;
  /** the branch whose settings the lake follows */
  branch: string;
  /** when the lake is taken down, as cron in UTC; undefined: only by hand */
  downAt: string | undefined;
  /** of cryptodm, which the workflow installs */
  version: string;
}

/** Names of the pipeline on both sides: the workflow asks for them, the trust of the role allows them. */
export function pipelineNames({ prefix }: Pick<Pipeline, 'prefix'>) {
  return {
    /** of IAM; not below the path of the lake, whose roles the role itself may change */
    path: '/crypto-lake-ci/',
    planRole: `${prefix}-ci-plan`,
    upRole: `${prefix}-ci-up`,
    /** GitHub's environments: what a person starts or merges, and what runs by the clock */
    environment: prefix,
    scheduledEnvironment: `${prefix}-down`,
    /** GitHub's variable with the number of the account */
    accountVariable: 'AWS_ACCOUNT_ID',
  };
}
