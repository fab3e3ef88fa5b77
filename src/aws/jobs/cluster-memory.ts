import { memoryOf, type ClusterJob, type Executors } from './emr-step.ts';

/**
 * MB that YARN may give away on a node, by instance type (`yarn.nodemanager.resource.memory-mb`). Source: "Task configuration" in EMR's release guide,
 * https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-hadoop-task-config.html
 */
const nodeMemory: Readonly<Record<string, number>> = {
  'c5.xlarge': 6144,
  'c5.2xlarge': 12_288,
  'c6g.xlarge': 5632,
  'c6g.2xlarge': 11_712,
  'c6g.4xlarge': 23_424,
  'm4.large': 6144,
  'm4.xlarge': 12_288,
  'm5.xlarge': 12_288,
  'm5.2xlarge': 24_576,
  'm5.4xlarge': 57_344,
  'm5a.xlarge': 12_288,
  'm5a.2xlarge': 24_576,
  'm6g.xlarge': 11_712,
  'm6g.2xlarge': 23_424,
  'm6g.4xlarge': 54_272,
  'r5.xlarge': 24_576,
  'r5.2xlarge': 57_344,
  'r6g.xlarge': 23_424,
  'r6g.2xlarge': 54_272,
};

/** The nodes that run containers. */
export interface CoreNodes {
  /** instance type */
  core: string;
  coreCount: number;
}

/** MB that YARN has on all core nodes; undefined for a type that the table does not know. */
export function memoryOfNodes({ core, coreCount }: CoreNodes): number | undefined {
  const node = nodeMemory[core];
  return node === undefined ? undefined : node * coreCount;
}

/** MB of each container of jobs that run at the same time. */
function containersOf(jobs: readonly Pick<ClusterJob, 'jar'>[], ofStreams: Executors): number[] {
  return jobs.flatMap((job) => {
    const { master, executors } = memoryOf(job, ofStreams);
    return [master, ...executors];
  });
}

/**
 * Why jobs would wait for memory for ever; undefined when they fit, or when nobody knows. Cores are not counted: YARN gives containers away by memory alone,
 * and tasks of jobs that wait for their trigger need none.
 * @param ofStreams executors of each stream job
 */
export function lackOfMemory(
  nodes: CoreNodes,
  jobs: readonly Pick<ClusterJob, 'jar'>[],
  ofStreams: Executors,
): string | undefined {
  const [node, room] = [nodeMemory[nodes.core], memoryOfNodes(nodes)];
  if (node === undefined || room === undefined) return undefined;
  const containers = containersOf(jobs, ofStreams);
  const largest = Math.max(...containers);
  if (largest > node)
    return `one of them needs ${String(largest)} MB, and YARN has ${String(node)} MB on a ${nodes.core}`;
  const asked = containers.reduce((sum, size) => sum + size, 0);
  if (asked <= room) return undefined;
  const of = `${String(nodes.coreCount)} x ${nodes.core}`;
  return `they need ${String(asked)} MB, and YARN has ${String(room)} MB on ${of}`;
}
