import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { ElasticCloudProvider, ElasticDeployment } from '../elastic-cloud.ts';
import { TerraformOutput, TerraformStack, type Construct } from '../imports.ts';
import { resourceNames } from '../names.ts';
import { keepState } from '../state.ts';

type Cloud = Extract<Deployment['search'], { kind: 'cloud' }>;

/** Elasticsearch in Elastic Cloud, in its own stack: it has another provider, another key and another bill. */
export class SearchStack extends TerraformStack {
  constructor(scope: Construct, deployment: Deployment, { region, version, size }: Cloud) {
    super(scope, 'search');
    const { named, tags } = resourceNames(deployment);
    keepState(this, deployment);
    new ElasticCloudProvider(this, 'ec');
    const search = new ElasticDeployment(this, 'deployment', { name: named('search'), region, version, size, tags });
    this.output('url', search.elasticsearchUrl);
    this.output('kibana_url', search.kibanaUrl);
    // The password is not an output, because outputs go into the journal: the command line resets it, for which it needs no old one.
    this.output('deployment_id', search.deploymentId);
  }

  private output(name: string, value: string): void {
    new TerraformOutput(this, `output-${name}`, { value }).overrideLogicalId(name);
  }
}
