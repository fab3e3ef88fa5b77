import type { Deployment } from '../src/aws/deployment/deployment.ts';
import { AddressTags } from './addresses.ts';
import { App, Aspects } from './imports.ts';
import { LakeStack } from './stacks/lake.ts';
import { SearchStack } from './stacks/search.ts';

/**
 * All stacks of a deployment, not yet written.
 * @param outdir folder for `stacks/<stack>/cdk.tf.json`; absent: the folder in CDKTF_OUTDIR, else `cdktf.out`
 * @throws Refusal for a value that can't be deployed, such as two brokers over three zones
 */
export function assemble(deployment: Deployment, outdir?: string): App {
  const app = new App(outdir === undefined ? {} : { outdir });
  Aspects.of(new LakeStack(app, deployment)).add(new AddressTags());
  // The index can be filled again from the topics and tables, so it is not kept with the data.
  if (deployment.search.kind === 'cloud' && deployment.extent === 'whole') {
    new SearchStack(app, deployment, deployment.search);
  }
  return app;
}
