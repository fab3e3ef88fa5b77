import { glueMaintenance } from '../maintenance/spark-job.ts';
import listed from './prices.json' with { type: 'json' };
import { readResources, valueAt, type CostedResource } from './resources.ts';

/** Prices in US dollars; every entry names its unit. */
export interface Prices {
  /** year and month, such as `2025-06` */
  asOf: string;
  region: string;
  source: string;
  hoursPerMonth: number;
  instances: { prices: Record<string, number> };
  /** what EMR costs on top of the instance */
  emr: { prices: Record<string, number> };
  brokers: { prices: Record<string, number> };
  rates: Record<string, { price: number; unit: string }>;
}

export const defaultPrices: Prices = listed;

export interface CostLine {
  /** part of the lake: stream, jobs, producers, network, search, `upkeep` */
  part: string;
  /** such as `3 x kafka.t3.small` */
  what: string;
  /** US dollars */
  perHour: number;
}

export interface Cost {
  /** US dollars */
  perHour: number;
  lines: CostLine[];
  /** addresses of resources without a known price */
  unpriced: string[];
  /** what is billed by use and is in no line */
  notes: string[];
}

/** A number of units, and the price of one of them for an hour. */
interface Item {
  part: string;
  unit: string;
  count: number;
  /** undefined: the price is not known */
  each: number | undefined;
}

/**
 * What resources cost while they exist, whether they are used or not. Notes name what is billed by use.
 * @param json `terraform show -json` of a plan or a state, or a state file
 */
export function estimateCosts(json: unknown, prices: Prices = defaultPrices): Cost {
  return estimateResources(readResources(json), prices);
}

/** As `estimateCosts`, for resources that were read already. */
export function estimateResources(resources: CostedResource[], prices: Prices = defaultPrices): Cost {
  const tariff = tariffOf(prices);
  const sums = new Map<string, Item>();
  const unpriced: string[] = [];
  const notes = new Set<string>();
  for (const resource of resources) {
    const items = tariff.items[resource.type]?.(resource.values, resources) ?? [];
    const note = tariff.notes[resource.type];
    if (note !== undefined) notes.add(note);
    if (items.some(({ each }) => each === undefined)) unpriced.push(resource.address);
    else if (tariff.items[resource.type] === undefined && note === undefined && !isFree(resource.type)) {
      unpriced.push(resource.address);
    }
    for (const item of items) {
      const key = `${item.part} ${item.unit}`;
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { ...item });
      else sum.count += item.count;
    }
  }
  const lines = [...sums.values()].map(({ part, unit, count, each = 0 }) => ({
    part,
    what: `${String(count)} x ${unit}`,
    perHour: count * each,
  }));
  lines.sort((one, other) => order.indexOf(one.part) - order.indexOf(other.part) || other.perHour - one.perHour);
  return { perHour: lines.reduce((sum, { perHour }) => sum + perHour, 0), lines, unpriced, notes: [...notes] };
}

const order = ['stream', 'jobs', 'producers', 'network', 'search', 'upkeep'];

type Pricing = (values: Record<string, unknown>, all: CostedResource[]) => Item[];

interface Tariff {
  items: Record<string, Pricing | undefined>;
  /** of types that are billed by use */
  notes: Record<string, string | undefined>;
}

function tariffOf(prices: Prices): Tariff {
  const { instances, emr, brokers, rates, hoursPerMonth } = prices;
  const rate = (name: string) => rates[name]?.price;
  const monthly = (name: string) => {
    const price = rate(name);
    return price === undefined ? undefined : price / hoursPerMonth;
  };
  const monthlyItem = (part: string, unit: string, name: string): Pricing => {
    return () => [{ part, unit, count: 1, each: monthly(name) }];
  };
  const address = (part: string): Item => ({
    part,
    unit: 'public IPv4 address',
    count: 1,
    each: rate('publicAddress'),
  });
  const dollars = (name: string) => `${String(rate(name))} a ${rates[name]?.unit ?? ''}`;

  const nodes = (group: unknown): Item[] => {
    const type = text(valueAt(group, 'instance_type'));
    const count = number(valueAt(group, 'instance_count'), 1);
    const own = valueAt(group, 'ebs_config');
    const disks: unknown[] = Array.isArray(own) && own.length > 0 ? own : [{ size: emrDiskGb(type) }];
    const all = [...disks, { size: emrRootGb }].map((disk) => {
      const kind = text(valueAt(disk, 'type')) || 'gp2';
      const gigabytes = number(valueAt(disk, 'size'), 0) * number(valueAt(disk, 'volumes_per_instance'), 1);
      return { part: 'jobs', unit: `GB of ${kind}`, count: count * gigabytes, each: monthly(kind) };
    });
    return [
      { part: 'jobs', unit: type, count, each: instances.prices[type] },
      { part: 'jobs', unit: `EMR on ${type}`, count, each: emr.prices[type] },
      ...all,
    ];
  };

  return {
    items: {
      aws_msk_cluster: (values) => {
        const group = (...path: string[]) => valueAt(values, 'broker_node_group_info', ...path);
        const count = number(values['number_of_broker_nodes'], 1);
        const type = text(group('instance_type'));
        const gigabytes = number(group('storage_info', 'ebs_storage_info', 'volume_size'), 0);
        return [
          { part: 'stream', unit: type, count, each: brokers.prices[type] },
          { part: 'stream', unit: 'GB of broker storage', count: count * gigabytes, each: monthly('brokerStorage') },
        ];
      },
      aws_emr_cluster: (values) => [...nodes(values['master_instance_group']), ...nodes(values['core_instance_group'])],
      aws_instance: (values) => {
        const type = text(values['instance_type']);
        const disk = (key: string) => valueAt(values, 'root_block_device', key);
        const volume = text(disk('volume_type') ?? 'gp3');
        return [
          { part: 'producers', unit: type, count: 1, each: instances.prices[type] },
          { part: 'producers', unit: `GB of ${volume}`, count: number(disk('volume_size'), 8), each: monthly(volume) },
          ...(values['associate_public_ip_address'] === true ? [address('producers')] : []),
        ];
      },
      // A service has one task, also while its producer is stopped: what it costs when it runs.
      aws_ecs_service: (_, all) => {
        const task = all.find(({ type }) => type === 'aws_ecs_task_definition')?.values ?? {};
        const arm = text(valueAt(task['runtime_platform'], 'cpu_architecture')) === 'ARM64';
        const [vcpu, gigabytes] = [number(task['cpu'], 0) / 1024, number(task['memory'], 0) / 1024];
        const processor = rate(arm ? 'armTaskProcessor' : 'taskProcessor');
        const memory = rate(arm ? 'armTaskMemory' : 'taskMemory');
        const each =
          processor === undefined || memory === undefined ? undefined : vcpu * processor + gigabytes * memory;
        const unit = `task of ${String(vcpu)} vCPU and ${String(gigabytes)} GB${arm ? ' (arm64)' : ''}`;
        return [{ part: 'producers', unit, count: 1, each }];
      },
      aws_nat_gateway: () => [{ part: 'network', unit: 'NAT gateway', count: 1, each: rate('natGateway') }],
      aws_eip: () => [address('network')],
      aws_vpc_endpoint: (values) =>
        values['vpc_endpoint_type'] === 'Interface'
          ? [
              {
                part: 'network',
                unit: 'interface endpoint in a zone',
                count: Math.max(1, Array.isArray(values['subnet_ids']) ? values['subnet_ids'].length : 1),
                each: rate('interfaceEndpoint'),
              },
            ]
          : [],
      ec_deployment: (values) => {
        const memory = (...path: string[]) =>
          gigabytesOf(valueAt(values, ...path, 'size')) * number(valueAt(values, ...path, 'zone_count'), 1);
        // The first GB of Kibana is free.
        const count = memory('elasticsearch', 'hot') + Math.max(0, memory('kibana') - 1);
        return [{ part: 'search', unit: 'GB of memory in Elastic Cloud', count, each: rate('elasticMemory') }];
      },
      aws_kms_key: monthlyItem('upkeep', 'KMS key', 'key'),
      aws_cloudwatch_metric_alarm: monthlyItem('upkeep', 'alarm', 'alarm'),
      aws_cloudwatch_dashboard: monthlyItem('upkeep', 'dashboard', 'dashboard'),
      aws_secretsmanager_secret: monthlyItem('upkeep', 'secret', 'secret'),
      aws_macie2_account: (_, all) => [
        {
          part: 'upkeep',
          unit: 'bucket of the lake watched by Macie',
          count: all.filter(({ type }) => type === 'aws_s3_bucket').length,
          each: monthly('macieBucket'),
        },
      ],
    },
    notes: {
      aws_ecr_repository: `images of the producers: ${dollars('images')}`,
      aws_nat_gateway: `traffic through the NAT gateway: ${dollars('natTraffic')}`,
      aws_s3_bucket: `objects: ${dollars('objectStorage')}, writes ${dollars('objectWrites')}, reads ${dollars('objectReads')}; shorter triggers mean more of them`,
      aws_athena_workgroup: `queries: ${dollars('scanned')} scanned`,
      aws_cloudwatch_log_group: `logs: ${dollars('logs')}`,
      aws_lambda_function: `functions: ${dollars('functionRuns')}; metrics of our own ${dollars('metric')} each; secrets ${dollars('secret')} each`,
      aws_glue_job: `maintenance by Spark in Glue: ${dollars('glueJob')}, ${String(glueMaintenance.workers)} of them while it runs, at least a minute`,
      aws_glue_crawler: `crawler: ${dollars('crawler')}`,
      aws_macie2_account: `Macie is switched on for the whole account and region: ${dollars('macieBucket')} for each of all buckets of this account, and after a trial it samples all of them`,
      aws_macie2_classification_job: `Macie: ${dollars('macieScan')} looked into`,
    },
  };
}

const emrRootGb = 15;

/** Disk in GB that EMR gives a node when none is set: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-storage.html */
function emrDiskGb(type: string): number {
  const size = /\.(?:(\d*)x)?large$/.exec(type);
  if (size === null) return 32;
  return size[1] === undefined ? 32 : 64 * Number(size[1] === '' ? 1 : size[1]);
}

/** Types that cost nothing by themselves. */
const free = [
  /^aws_(vpc|subnet|route|internet_gateway|security_group|default_security_group|key_pair)/,
  /^aws_(iam|appautoscaling|lambda_permission|resourcegroups)/,
  /^aws_(msk_configuration|emr_security_configuration|emr_managed_scaling_policy)/,
  /^aws_(glue_catalog|glue_security_configuration|glue_resource_policy|athena_named_query|lakeformation)/,
  /^aws_(cloudwatch_event|scheduler|sns|sqs|budgets|kms_alias|s3_)/,
  /^aws_(ecs_cluster|ecs_task_definition|ecr_lifecycle_policy)/,
  /^(random|tls|time|null|terraform|ec_deployment_traffic_filter)/,
];

function isFree(type: string): boolean {
  return free.some((pattern) => pattern.test(type));
}

function number(value: unknown, otherwise: number): number {
  const read = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : otherwise;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Memory as Elastic writes it: `1g`, `2048m`. */
function gigabytesOf(size: unknown): number {
  const match = /^(\d+(?:\.\d+)?)(g|m)$/.exec(text(size));
  if (match === null) return 0;
  return Number(match[1]) / (match[2] === 'm' ? 1024 : 1);
}
