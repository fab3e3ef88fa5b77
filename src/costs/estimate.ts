import * as z from 'zod';
import prices from './prices.json' with { type: 'json' };

/** What one part of a lake costs while it stands, in US dollars. */
export interface CostLine {
  part: string;
  /** how the figure comes about, such as `3 x kafka.t3.small, 60 GB` */
  what: string;
  perHour: number;
}

export interface Cost {
  perHour: number;
  lines: CostLine[];
  /** addresses of what costs by the hour and whose type the price table does not know */
  unpriced: string[];
}

type Values = Record<string, unknown>;
type Pricer = (values: Values) => Omit<CostLine, 'part'> | 'unpriced';

const month = prices.monthHours;

const planned = z.object({
  planned_values: z.object({
    root_module: z.object({
      resources: z
        .array(
          z.object({
            address: z.string(),
            type: z.string(),
            mode: z.string(),
            values: z.record(z.string(), z.unknown()),
          }),
        )
        .optional(),
    }),
  }),
});

/**
 * What the resources of a plan cost by the hour, from their own sizes. What is paid by use (requests, storage, transfer, queries) is not in
 * it: at the default rates that is some cents an hour.
 * @param plan what `terraform show -json` says of a plan
 */
export function estimateCosts(plan: unknown): Cost {
  const resources = planned.parse(plan).planned_values.root_module.resources ?? [];
  const lines = new Map<string, CostLine & { count: number }>();
  const unpriced: string[] = [];
  for (const { address, type, mode, values } of resources) {
    const known = pricers[type];
    if (mode !== 'managed' || known === undefined) continue;
    const [part, price] = known;
    const cost = price(values);
    if (cost === 'unpriced') {
      unpriced.push(address);
      continue;
    }
    const line = lines.get(`${part} ${cost.what}`) ?? { part, what: cost.what, perHour: 0, count: 0 };
    lines.set(`${part} ${cost.what}`, { ...line, perHour: line.perHour + cost.perHour, count: line.count + 1 });
  }
  const listed = [...lines.values()]
    .map(({ part, what, perHour, count }) => ({ part, perHour, what: count > 1 ? `${String(count)} x ${what}` : what }))
    .sort((a, b) => b.perHour - a.perHour);
  return { perHour: listed.reduce((sum, line) => sum + line.perHour, 0), lines: listed, unpriced };
}

const pricers: Record<string, [part: string, price: Pricer] | undefined> = {
  aws_msk_cluster: ['Kafka (MSK)', priceBrokers],
  aws_emr_cluster: ['Spark (EMR)', priceCluster],
  aws_instance: ['producer host', priceHost],
  aws_nat_gateway: ['NAT gateway', () => ({ what: 'without traffic', perHour: prices.natGatewayHour })],
  aws_eip: ['public address', () => ({ what: 'IPv4', perHour: prices.publicAddressHour })],
  aws_cloudwatch_metric_alarm: ['alarms', () => ({ what: 'CloudWatch alarm', perHour: prices.alarmMonth / month })],
  aws_cloudwatch_dashboard: ['dashboard', () => ({ what: 'CloudWatch', perHour: prices.dashboardMonth / month })],
  ec_deployment: ['search (Elastic Cloud)', priceSearch],
};

function priceBrokers(values: Values): ReturnType<Pricer> {
  const count = Number(values['number_of_broker_nodes'] ?? 0);
  const [group] = blocks(values['broker_node_group_info']);
  const type = String(group?.['instance_type'] ?? '');
  const [storage] = blocks(group?.['storage_info']);
  const [volume] = blocks(storage?.['ebs_storage_info']);
  const gigabytes = Number(volume?.['volume_size'] ?? 0) * count;
  const hour = priceOf(prices.brokerHour, type);
  if (hour === undefined) return 'unpriced';
  const perHour = hour * count + (gigabytes * prices.brokerStorageGbMonth) / month;
  return { what: `${String(count)} x ${type}, ${String(gigabytes)} GB`, perHour };
}

function priceCluster(values: Values): ReturnType<Pricer> {
  const groups = [...blocks(values['master_instance_group']), ...blocks(values['core_instance_group'])];
  let perHour = 0;
  const what: string[] = [];
  for (const group of groups) {
    const type = String(group['instance_type']);
    const count = Number(group['instance_count'] ?? 1);
    const hour = priceOf(prices.instanceHour, type);
    const fee = priceOf(prices.emrFeeHour, type);
    if (hour === undefined || fee === undefined) return 'unpriced';
    perHour += count * (hour + fee);
    for (const volume of blocks(group['ebs_config'])) {
      const volumes = Number(volume['volumes_per_instance'] ?? 1);
      perHour += count * volumes * priceVolume(volume['type'], volume['size']);
    }
    what.push(`${String(count)} x ${type}`);
  }
  return { what: what.join(' + '), perHour };
}

function priceHost(values: Values): ReturnType<Pricer> {
  const type = String(values['instance_type']);
  const hour = priceOf(prices.instanceHour, type);
  if (hour === undefined) return 'unpriced';
  const [root] = blocks(values['root_block_device']);
  const address = values['associate_public_ip_address'] === true ? prices.publicAddressHour : 0;
  const perHour = hour + address + priceVolume(root?.['volume_type'], root?.['volume_size']);
  return { what: `${type}, disk and address`, perHour };
}

/** One node of `size` gigabytes of memory in each zone, and the free Kibana. */
function priceSearch(values: Values): ReturnType<Pricer> {
  const hot = (values['elasticsearch'] as { hot?: { size?: string; zone_count?: number } } | undefined)?.hot;
  const gigabytes = Number(/^(\d+)g$/.exec(hot?.size ?? '')?.[1] ?? NaN);
  if (Number.isNaN(gigabytes)) return 'unpriced';
  const zones = hot?.zone_count ?? 1;
  return { what: `${String(zones)} x ${String(gigabytes)} GB`, perHour: gigabytes * zones * prices.elasticCloudGbHour };
}

function priceVolume(type: unknown, gigabytes: unknown): number {
  const price = priceOf(prices.volumeGbMonth, String(type ?? 'gp3')) ?? prices.volumeGbMonth.gp3;
  return (Number(gigabytes ?? 0) * price) / month;
}

function priceOf(table: Record<string, number>, type: string): number | undefined {
  return table[type];
}

/** Terraform writes a nested block as a list. */
function blocks(value: unknown): Values[] {
  return Array.isArray(value) ? (value as Values[]) : [];
}
