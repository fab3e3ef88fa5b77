import { listProducerTasks } from '../../src/aws/containers/tasks.ts';
import { functionNames } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { CloudwatchDashboard, Construct } from '../imports.ts';
import type { ResourceNames } from '../names.ts';

export interface DashboardProps {
  names: ResourceNames;
  brokers: { count: number };
  clusterId: string;
  /** of the producers; absent: they run in containers */
  host: { id: string } | undefined;
  natGatewayId: string;
  jobs: Deployment['jobs'];
  /** UTC; absent: no end */
  expiresAt?: string | undefined;
}

/** A metric in CloudWatch's format: namespace, name, then each dimension with its value. */
type Metric = string[];

type Graph = [title: string, stat: string, metrics: Metric[]];

/** A question, what the graphs below it answer, and the graphs. */
type Section = [question: string, answer: string, graphs: Graph[]];

/** Dashboard of the lake, by the questions that people ask: two graphs in a row, on a grid of 24 columns (`Dashboard body structure and syntax`). */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { names } = props;
    const widgets: object[] = [];
    let y = 0;
    for (const [question, answer, graphs] of sectionsOf(props)) {
      const markdown = `## ${question}\n${answer}`;
      widgets.push({ type: 'text', x: 0, y, width: 24, height: 2, properties: { markdown } });
      y += 2;
      for (const [at, [title, stat, metrics]] of graphs.entries()) {
        widgets.push({
          type: 'metric',
          x: (at % 2) * 12,
          y: y + Math.floor(at / 2) * 6,
          width: 12,
          height: 6,
          properties: { title, stat, metrics, period: 60, view: 'timeSeries', stacked: false, region: names.region },
        });
      }
      y += Math.ceil(graphs.length / 2) * 6;
    }
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: names.named('lake'),
      dashboardBody: JSON.stringify({ widgets }),
    });
  }
}

function sectionsOf(props: DashboardProps): Section[] {
  const { names, brokers, clusterId, host, natGatewayId, jobs, expiresAt } = props;
  const ofJobs = (metric: string): Metric[] =>
    jobs.map((job) => ['CryptoLake', metric, 'Lake', names.prefix, 'Job', job.id]);
  const ofLake = (...metrics: string[]): Metric[] =>
    metrics.map((metric) => ['CryptoLake', metric, 'Lake', names.prefix]);
  const ofBrokers = (metric: string): Metric[] =>
    Array.from({ length: brokers.count }, (_, at) => [
      ...['AWS/Kafka', metric, 'Cluster Name', names.named('stream'), 'Broker ID', String(at + 1)],
    ]);
  const ofCompute = (...metrics: string[]): Metric[] =>
    metrics.map((metric) => ['AWS/ElasticMapReduce', metric, 'JobFlowId', clusterId]);
  const ofFunctions = (metric: string): Metric[] =>
    functionNames.map((name) => ['AWS/Lambda', metric, 'FunctionName', names.named(name)]);
  const ofTasks = (metric: string): Metric[] =>
    listProducerTasks().map(({ name }) => [
      ...['AWS/ECS', metric, 'ClusterName', names.named('producers'), 'ServiceName', names.named(name)],
    ]);
  const ofNat = (...metrics: string[]): Metric[] =>
    metrics.map((metric) => ['AWS/NATGateway', metric, 'NatGatewayId', natGatewayId]);
  const queries = ['QueryState', 'SUCCEEDED', 'QueryType', 'DML'];
  const end = expiresAt === undefined ? 'It has no end.' : `What costs by the hour ends at ${expiresAt}.`;
  return [
    [
      'Is it fresh?',
      'Age of the newest visible record; while a job is silent it grows. `cryptodm status` names what is in the way.',
      [
        ['Freshness (s)', 'Maximum', ofJobs('Freshness')],
        ['Lag (records)', 'Maximum', ofJobs('Lag')],
        [
          'Producers that run',
          'Minimum',
          listProducerTasks().map(({ name }) => [
            ...['CryptoLake', host === undefined ? 'RunningTasks' : 'procstat_lookup_pid_count'],
            ...['Lake', names.prefix, 'Producer', name],
          ]),
        ],
      ],
    ],
    [
      'Is it complete?',
      'Records that could not be read, or that their topic had removed, since the jobs started. `cryptodm gaps` lists missing minutes.',
      [
        ['Bad records', 'Maximum', ofJobs('BadRecords')],
        ['Lost records', 'Maximum', ofJobs('LostRecords')],
        ['Failed searches of the index', 'Maximum', ofLake('SearchFailures')],
        ['Tables that maintenance failed for', 'Maximum', ofLake('UpkeepFailures')],
      ],
    ],
    [
      'What does it cost?',
      `${end} \`cryptodm status\` estimates the price of an hour. The bill is in Cost Explorer under the tag lake = ${names.prefix}, once that tag is active.`,
      [
        ['Clusters that bill by the hour', 'Maximum', ofLake('Clusters')],
        ['Traffic through the NAT gateway (bytes)', 'Sum', ofNat('BytesOutToDestination', 'BytesInFromDestination')],
        [
          'Scanned by queries (bytes)',
          'Sum',
          [['AWS/Athena', 'ProcessedBytes', ...queries, 'WorkGroup', names.workgroup]],
        ],
        ['Run time of the functions (ms)', 'Sum', ofFunctions('Duration')],
      ],
    ],
    [
      'Do the machines suffice?',
      `Disks, memory, processors and credits of brokers, cluster and ${host === undefined ? 'producers' : 'producer host'}.`,
      [
        ['Disk of the brokers (%)', 'Maximum', ofBrokers('KafkaDataLogsDiskUsed')],
        ['Memory of the brokers after a collection (%)', 'Maximum', ofBrokers('HeapMemoryAfterGC')],
        ['Processor of the brokers (%)', 'Average', ofBrokers('CpuUser')],
        ['Bytes into the brokers (/s)', 'Average', ofBrokers('BytesInPerSec')],
        ['Jobs', 'Average', ofCompute('AppsRunning', 'AppsPending', 'ContainerPending')],
        ['Memory of the cluster (MB)', 'Average', ofCompute('MemoryAllocatedMB', 'MemoryAvailableMB')],
        ...(host === undefined
          ? [
              ['Producers, memory (%)', 'Maximum', ofTasks('MemoryUtilization')] satisfies Graph,
              ['Processor of the producers (%)', 'Average', ofTasks('CPUUtilization')] satisfies Graph,
            ]
          : [
              [
                'Producer host, memory and disk (%)',
                'Maximum',
                ofLake('mem_used_percent', 'disk_used_percent'),
              ] satisfies Graph,
              [
                'Processor of the producer host (%)',
                'Average',
                [['AWS/EC2', 'CPUUtilization', 'InstanceId', host.id]],
              ] satisfies Graph,
            ]),
        ['Errors of the functions', 'Sum', ofFunctions('Errors')],
        ['Disks of the cluster (%)', 'Maximum', ofCompute('HDFSUtilization')],
      ],
    ],
  ];
}
