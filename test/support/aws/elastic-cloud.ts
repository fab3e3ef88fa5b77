import { randomBytes } from 'node:crypto';
import { json, listen, type Answer, type Listening, type Message } from './elastic-cloud/messages.ts';
import { SecuredSearch } from './elastic-cloud/secured-search.ts';
import { KibanaDouble } from '../kibana.ts';
import { startSearch, type SearchCluster } from './search.ts';

interface Resource {
  ref_id: string;
  region: string;
  plan: { cluster_topology: unknown[]; elasticsearch?: { version: string }; deployment_template?: { id: string } };
}

interface Wanted {
  name: string;
  metadata?: { tags?: { key: string; value: string }[] };
  resources: { elasticsearch: Resource[]; kibana?: Resource[] };
}

interface Deployment {
  id: string;
  wanted: Wanted;
  /** how many more requests show the status of creation, because creating a deployment takes a while */
  looks: number;
  stopped: boolean;
}

/** Regions of Elastic Cloud that are named as AWS names them; the others have `aws-` in front. */
const regions = [
  ...['us-east-1', 'us-west-1', 'us-west-2', 'eu-west-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'],
  ...['sa-east-1', 'aws-us-east-2', 'aws-eu-central-1', 'aws-eu-west-2', 'aws-ca-central-1'],
];

/** Milliseconds from a reset of the password until the cluster accepts the new one. */
const resetDelayMs = 400;

/**
 * A fake of Elastic Cloud's API (https://www.elastic.co/docs/api/doc/cloud): the deployments of one account. They all share one cluster, a
 * real Elasticsearch behind users and roles.
 */
export class ElasticCloud {
  readonly apiKey = randomBytes(24).toString('base64');
  /** all passwords that `elastic` has had, oldest first */
  readonly passwords: string[] = [];
  readonly deployments: Deployment[] = [];
  /** calls of the API, such as `POST /deployments` */
  readonly calls: string[] = [];
  /** versions of Elasticsearch with which a deployment can be made now */
  versions = ['8.18.8', '8.19.20', '8.19.21', '9.1.4'];
  /** no creation finishes while this is set */
  slow = false;
  private listening: Listening | undefined;

  private constructor(
    private readonly cluster: SearchCluster,
    readonly search: SecuredSearch,
    /** accepts the users of the cluster, as Kibana does */
    readonly kibana: KibanaDouble,
  ) {}

  static async start(): Promise<ElasticCloud> {
    const cluster = await startSearch();
    const search = await SecuredSearch.start(cluster.url);
    const kibana = await KibanaDouble.start();
    // Only superusers have rights in Kibana here.
    kibana.admits = (authorization) => search.authenticate(authorization) === 'elastic';
    const cloud = new ElasticCloud(cluster, search, kibana);
    cloud.listening = await listen((message) => cloud.answer(message));
    return cloud;
  }

  get url(): string {
    return this.listening?.url ?? '';
  }

  /** Deployments that cost money. */
  get running(): string[] {
    return this.deployments.filter(({ stopped }) => !stopped).map(({ wanted }) => wanted.name);
  }

  /** Deletes a deployment with everything in it. */
  async shutDown(deployment: Deployment): Promise<void> {
    Object.assign(deployment, { stopped: true, looks: 0 });
    await this.search.clear();
  }

  async stop(): Promise<void> {
    await this.listening?.stop();
    await this.kibana.stop();
    await this.search.stop();
    await this.cluster.stop();
  }

  private async answer(message: Message): Promise<Answer> {
    const { method, url, headers } = message;
    const path = url.pathname.replace('/api/v1', '');
    this.calls.push(`${method} ${path}`);
    if (headers.authorization !== `ApiKey ${this.apiKey}`)
      return refuse(401, 'root.unauthenticated', 'The supplied authentication is invalid');
    const [, region] = /^\/regions\/([^/]+)\/stack\/versions$/.exec(path) ?? [];
    if (region !== undefined) return this.listVersions(region);
    const [, , id, ...rest] = path.split('/');
    if (!path.startsWith('/deployments')) return refuse(404, 'root.resource_not_found', `no ${path} here`);
    if (id === undefined) return method === 'POST' ? this.create(parse(message)) : json(200, this.list());
    const found = this.deployments.find((deployment) => deployment.id === id);
    if (found === undefined) return refuse(404, 'deployments.deployment_not_found', `no deployment ${id}`);
    const action = `${method} ${rest.join('/')}`;
    if (action === 'GET ') return json(200, this.describe(found));
    if (action === 'DELETE ') return json(200, { id });
    if (action === 'PUT ') {
      Object.assign(found, { wanted: parse(message), looks: 2 });
      return json(200, { id, name: found.wanted.name, resources: [] });
    }
    if (action === 'POST _shutdown') {
      await this.shutDown(found);
      found.looks = 2;
      return json(200, { id, name: found.wanted.name });
    }
    const [, ref] = /^POST elasticsearch\/([^/]+)\/_reset-password$/.exec(action) ?? [];
    const known = [found.wanted.resources.elasticsearch[0]?.ref_id, '_main'];
    if (ref === undefined || !known.includes(ref))
      return refuse(404, 'deployments.deployment_resource_not_found', `no resource ${rest.join('/')}`);
    return json(200, this.resetPassword(found));
  }

  private listVersions(region: string): Answer {
    if (!regions.includes(region)) return refuse(404, 'root.region_not_found', `Region [${region}] was not found`);
    return json(200, { stacks: this.versions.map((version) => ({ version, deleted: false })) });
  }

  private create(wanted: Wanted): Answer {
    const [search] = wanted.resources.elasticsearch;
    if (search === undefined) return refuse(400, 'deployments.elasticsearch_missing', 'no Elasticsearch');
    if (!regions.includes(search.region))
      return refuse(404, 'templates.region_not_found', `Region [${search.region}] was not found`);
    const version = search.plan.elasticsearch?.version ?? '';
    if (!this.versions.includes(version))
      return refuse(400, 'deployments.stack_version_not_available', `Version [${version}] is not available`);
    const deployment = { id: randomBytes(16).toString('hex'), wanted, looks: 3, stopped: false };
    this.deployments.push(deployment);
    const credentials = { username: 'elastic', password: this.newPassword() };
    this.search.setPassword(credentials.password);
    const { id } = deployment;
    const resources = [{ id: `${id}-es`, kind: 'elasticsearch', ref_id: search.ref_id, credentials }];
    return json(201, { created: true, id, name: wanted.name, resources });
  }

  private list() {
    return { deployments: this.deployments.map(({ id, wanted }) => ({ id, name: wanted.name, resources: [] })) };
  }

  private describe(deployment: Deployment) {
    const { id, wanted, stopped } = deployment;
    const settled = (stopped || !this.slow) && deployment.looks-- <= 0;
    const status = stopped ? (settled ? 'stopped' : 'stopping') : settled ? 'started' : 'initializing';
    const described = (kind: 'es' | 'kb') => (resource: Resource) => ({
      id: `${id}-${kind}`,
      ref_id: resource.ref_id,
      region: resource.region,
      info: {
        status,
        metadata: { service_url: (kind === 'es' ? this.search : this.kibana).url },
        plan_info: { current: { plan: resource.plan } },
      },
    });
    const { elasticsearch, kibana = [] } = wanted.resources;
    return {
      id,
      name: wanted.name,
      healthy: settled,
      metadata: { tags: wanted.metadata?.tags ?? [] },
      resources: { elasticsearch: elasticsearch.map(described('es')), kibana: kibana.map(described('kb')) },
    };
  }

  private resetPassword(deployment: Deployment): { username: string; password: string } {
    const password = this.newPassword();
    setTimeout(() => {
      if (!deployment.stopped) this.search.setPassword(password);
    }, resetDelayMs).unref();
    return { username: 'elastic', password };
  }

  private newPassword(): string {
    const password = randomBytes(18).toString('base64url');
    this.passwords.push(password);
    return password;
  }
}

function parse({ body }: Message): Wanted {
  return JSON.parse(body.toString()) as Wanted;
}

function refuse(status: number, code: string, message: string): Answer {
  return json(status, { errors: [{ code, message }] });
}
