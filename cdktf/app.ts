import type { Deployment } from '../src/aws/deployment/deployment.ts';
import { AddressTags } from './addresses.ts';
import { App, Aspects } from './imports.ts';
import { LakeStack } from './stacks/lake.ts';
import { SearchStack } from './stacks/search.ts';

/**
 * All stacks that a deployment asks for, not yet written.
 * @param outdir folder that gets `stacks/<stack>/cdk.tf.json`; absent: what CDKTF_OUTDIR names, else `cdktf.out`
 * @throws Refusal where the deployment can't be made so, such as two brokers over three zones
 */
export function assemble(deployment: Deployment, outdir?: string): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  Aspects.of(new LakeStack(app, deployment)).add(new AddressTags());
  // The index can be filled again from the topics and tables: it is no data to keep.
  if (deployment.search.kind === 'cloud' && deployment.extent === 'whole') {
    new SearchStack(app, deployment, deployment.search);
  }
  return app;
}
