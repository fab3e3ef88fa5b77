import { TerraformProvider, TerraformResource, type Construct } from './imports.ts';

/** Provider elastic/ec (https://github.com/elastic/terraform-provider-ec, docs/resources/deployment.md), which has no published bindings. */
const version = '0.12.2';
const metadata = { providerName: 'ec', providerVersion: version, providerVersionConstraint: version };

/** Elastic Cloud; its API key comes from the environment (`EC_API_KEY`). */
export class ElasticCloudProvider extends TerraformProvider {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      terraformResourceType: 'ec',
      terraformGeneratorMetadata: metadata,
      terraformProviderSource: 'elastic/ec',
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {};
  }
}

export interface ElasticDeploymentProps {
  name: string;
  /** region of Elastic Cloud, such as `us-east-1` */
  region: string;
  /** version of Elasticsearch */
  version: string;
  /** memory of the hot node, such as `1g` */
  size: string;
  tags: Record<string, string>;
}

/** `ec_deployment`: one node of Elasticsearch and one Kibana. */
export class ElasticDeployment extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ElasticDeploymentProps,
  ) {
    super(scope, id, { terraformResourceType: 'ec_deployment', terraformGeneratorMetadata: metadata });
  }

  get elasticsearchUrl(): string {
    return this.getStringAttribute('elasticsearch.https_endpoint');
  }

  get kibanaUrl(): string {
    return this.getStringAttribute('kibana.https_endpoint');
  }

  get deploymentId(): string {
    return this.getStringAttribute('id');
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { size, ...props } = this.props;
    return {
      ...props,
      deployment_template_id: 'aws-general-purpose',
      elasticsearch: { hot: { size, zone_count: 1, autoscaling: {} } },
      kibana: { size: '1g', zone_count: 1 },
    };
  }
}
