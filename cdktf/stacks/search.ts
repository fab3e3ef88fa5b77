import type { Deployment } from '../../src/targets/deployment.ts';
import { ElasticCloudProvider, ElasticDeployment } from '../elastic-cloud.ts';
import { TerraformOutput, TerraformStack, type Construct } from '../imports.ts';
import { placeOf } from '../place.ts';
import { keepState } from '../state.ts';

type Cloud = Extract<Deployment['search'], { kind: 'cloud' }>;

/** Elasticsearch in Elastic Cloud, a stack of its own: it has another provider, another key and another bill. */
export class SearchStack extends TerraformStack {
  constructor(scope: Construct, deployment: Deployment, { region, version, size }: Cloud) {
    super(scope, 'search');
    const { named, tags } = placeOf(deployment);
    keepState(this, deployment);
    new ElasticCloudProvider(this, 'ec');
    const search = new ElasticDeployment(this, 'deployment', { name: named('search'), region, version, size, tags });
    this.output('url', search.elasticsearchUrl);
    this.output('kibana_url', search.kibanaUrl);
    this.output('deployment_id', search.deploymentId);
    this.output('username', search.username);
    // The provider keeps it in the state; the command line resets it after the first login.
    this.output('password', search.password, true);
  }

  private output(name: string, value: string, sensitive = false): void {
    new TerraformOutput(this, `output-${name}`, { value, sensitive }).overrideLogicalId(name);
  }
}
