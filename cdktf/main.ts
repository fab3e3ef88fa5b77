import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { deploymentSchema, type Deployment } from '../src/aws/deployment/deployment.ts';
import { assemble } from './app.ts';
import { Refusal } from './refusal.ts';

/** Reads a deployment. @throws Refusal that names every wrong field */
function readDeployment(path: string): Deployment {
  const parsed = deploymentSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Refusal(`${path} is not a deployment:\n${z.prettifyError(parsed.error)}`);
}

// Without CRYPTODM_DEPLOYMENT, as under the plain `cdktf` tool, the sample is used.
const given = process.env['CRYPTODM_DEPLOYMENT'];
try {
  assemble(readDeployment(given === undefined || given === '' ? 'cdktf/sample-deployment.json' : given)).synth();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
