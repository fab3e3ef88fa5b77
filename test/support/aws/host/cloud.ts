import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

const accessKey = 'ASIAHOSTROLE';

/**
 * The AWS services that a host and its playbook call: the role's credentials (IMDSv2), log events, metrics, functions. It accepts log events
 * and metrics only if they are signed with the role's key.
 */
export class CloudDouble {
  /** messages by log stream */
  readonly shipped = new Map<string, string[]>();
  /** log groups that requests named */
  readonly groups = new Set<string>();
  /** latest values, by namespace, name and dimensions, such as `CryptoLake mem_used_percent Lake=acme-lake` */
  readonly metrics = new Map<string, number>();
  /** functions in the order of their calls */
  readonly invoked: string[] = [];
  /** the answer of a function, by its full name; `error` marks a failure */
  readonly functions = new Map<string, { answer: unknown; error?: true }>();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<CloudDouble> {
    const server = createServer();
    const double = new CloudDouble(server);
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        const answer = double.answer(request, body);
        response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, body: string): Answer {
    const path = new URL(request.url ?? '/', 'http://cloud').pathname;
    const action = /^Logs_20140328\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1];
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path)?.[1];
    if (path.startsWith('/latest/')) return metadata(path);
    if (name !== undefined) return this.invoke(name);
    const form = new URLSearchParams(body);
    const measures = form.get('Action') === 'PutMetricData';
    if (action === undefined && !measures) return { status: 400, body: '{"__type":"UnknownOperationException"}' };
    if (!request.headers.authorization?.includes(`Credential=${accessKey}/`)) {
      return { status: 403, body: '{"__type":"AccessDeniedException"}' };
    }
    return action === undefined ? this.measure(form) : this.log(action, JSON.parse(body) as LogCall);
  }

  private log(action: string, { logGroupName, logStreamName, logEvents = [] }: LogCall): Answer {
    this.groups.add(logGroupName);
    const stream = this.shipped.get(logStreamName) ?? [];
    this.shipped.set(logStreamName, stream);
    if (action === 'PutLogEvents') stream.push(...logEvents.map(({ message }) => message));
    return { headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{}' };
  }

  /** The query protocol of AWS: lists are numbered from 1. */
  private measure(form: URLSearchParams): Answer {
    for (let at = 1; form.has(`MetricData.member.${String(at)}.MetricName`); at += 1) {
      const field = (name: string) => form.get(`MetricData.member.${String(at)}.${name}`) ?? '';
      const dimensions: string[] = [];
      for (let of = 1; field(`Dimensions.member.${String(of)}.Name`) !== ''; of += 1) {
        const part = (name: string) => field(`Dimensions.member.${String(of)}.${name}`);
        dimensions.push(`${part('Name')}=${part('Value')}`);
      }
      const name = `${form.get('Namespace') ?? ''} ${field('MetricName')} ${dimensions.join()}`;
      this.metrics.set(name, Number(field('Value')));
    }
    return { headers: { 'content-type': 'text/xml' }, body: '<PutMetricDataResponse/>' };
  }

  private invoke(name: string): Answer {
    this.invoked.push(name);
    const found = this.functions.get(name);
    if (found === undefined) return { status: 404, body: `{"Message":"Function not found: ${name}"}` };
    return { headers: found.error ? { 'x-amz-function-error': 'Unhandled' } : {}, body: JSON.stringify(found.answer) };
  }
}

interface LogCall {
  logGroupName: string;
  logStreamName: string;
  logEvents?: { message: string }[];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html#instance-metadata-security-credentials */
function metadata(path: string): Answer {
  if (path === '/latest/api/token') {
    return { headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }, body: 'token' };
  }
  if (path.endsWith('/security-credentials/')) return { body: 'producers' };
  if (!path.endsWith('/security-credentials/producers')) return { status: 404, body: '' };
  const now = Date.now();
  const credentials = {
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: new Date(now).toISOString(),
    Expiration: new Date(now + 6 * 3600 * 1000).toISOString(),
    AccessKeyId: accessKey,
    SecretAccessKey: 'secret',
    Token: 'session',
  };
  return { body: JSON.stringify(credentials) };
}
