import { functionNames } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { CloudwatchDashboard, Construct } from '../imports.ts';
import type { ResourceNames } from '../names.ts';

export interface DashboardProps {
  names: ResourceNames;
  brokers: number;
  clusterId: string;
  hostId: string;
  jobs: Deployment['jobs'];
}

/** A metric in CloudWatch's format: namespace, name, then each dimension with its value. */
type Metric = string[];

/** Dashboard of the lake: two graphs in a row, on a grid of 24 columns (`Dashboard body structure and syntax`). */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { names, brokers, clusterId, hostId, jobs }: DashboardProps) {
    super(scope, id);
    const ofJobs = (metric: string): Metric[] =>
      jobs.map((job) => ['CryptoLake', metric, 'Lake', names.prefix, 'Job', job.id]);
    const ofBrokers = (metric: string): Metric[] =>
      Array.from({ length: brokers }, (_, at) => [
        'AWS/Kafka',
        metric,
        'Cluster Name',
        names.named('stream'),
        'Broker ID',
        String(at + 1),
      ]);
    const ofCompute = (metrics: string[]): Metric[] =>
      metrics.map((metric) => ['AWS/ElasticMapReduce', metric, 'JobFlowId', clusterId]);
    const graphs: [title: string, stat: string, metrics: Metric[]][] = [
      ['Freshness (s)', 'Maximum', ofJobs('Freshness')],
      ['Lag (records)', 'Maximum', ofJobs('Lag')],
      ['Bad records', 'Maximum', ofJobs('BadRecords')],
      ['Disk of the brokers (%)', 'Maximum', ofBrokers('KafkaDataLogsDiskUsed')],
      ['Bytes into the brokers (/s)', 'Average', ofBrokers('BytesInPerSec')],
      ['Processor of the brokers (%)', 'Average', ofBrokers('CpuUser')],
      ['Jobs', 'Average', ofCompute(['AppsRunning', 'AppsPending', 'ContainerPending'])],
      ['Memory of the cluster (MB)', 'Average', ofCompute(['MemoryAllocatedMB', 'MemoryAvailableMB'])],
      ['Processor of the producer host (%)', 'Average', [['AWS/EC2', 'CPUUtilization', 'InstanceId', hostId]]],
      [
        'Errors of the functions',
        'Sum',
        functionNames.map((name) => ['AWS/Lambda', 'Errors', 'FunctionName', names.named(name)]),
      ],
    ];
    const widgets = graphs.map(([title, stat, metrics], at) => ({
      type: 'metric',
      x: (at % 2) * 12,
      y: Math.floor(at / 2) * 6,
      width: 12,
      height: 6,
      properties: { title, stat, metrics, period: 60, view: 'timeSeries', stacked: false, region: names.region },
    }));
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: names.named('lake'),
      dashboardBody: JSON.stringify({ widgets }),
    });
  }
}
