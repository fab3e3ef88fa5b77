import { readFileSync } from 'node:fs';
import { deploymentSchema, type Deployment } from '../../src/aws/deployment/deployment.ts';

const samplePath = new URL('../../cdktf/sample-deployment.json', import.meta.url);

/** Fields of a deployment to change; those of its settings one by one. */
export type DeploymentChanges = Partial<Omit<Deployment, 'aws'>> & { aws?: Partial<Deployment['aws']> };

/** The sample, which has every optional part, with some fields changed. */
export function sampleDeployment({ aws, ...changes }: DeploymentChanges = {}): Deployment {
  const sample = deploymentSchema.parse(JSON.parse(readFileSync(samplePath, 'utf8')));
  return deploymentSchema.parse({ ...sample, ...changes, aws: { ...sample.aws, ...aws } });
}
