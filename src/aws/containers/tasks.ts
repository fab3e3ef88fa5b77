/** Of a task: a quarter of a processor, and the least memory that Fargate has with it ("Task size"); a producer uses less than 200 MB. */
export const taskSize = { cpu: '256', memory: '512' };

/** Units of a processor in a definition (`cpu`) that are one vCPU. */
export const unitsOfCpu = 1024;

/** A task of ECS that a lake has instead of a host. */
export interface ProducerTask {
  /** without prefix; also the name of its container and, behind `task/`, of its log streams */
  name: string;
  /** arguments of `java` in the image */
  command: string[];
}

/** MB; the task has 512 MB, and a JVM takes 192 MB besides its heap. */
const heap = ['-Xms16m', '-Xmx128m'];

/** Declares the topics and ends. Its jar is that of the producer of quotes. */
export const topicsTask: ProducerTask = {
  name: 'topics',
  command: [...heap, '-cp', '/app/ProducerCrypto-1.0.jar', 'io.cryptodm.producer.Topics'],
};

/** The two producers. */
export function listProducerTasks(): ProducerTask[] {
  const jars = { quotes: 'ProducerCrypto-1.0.jar', trades: 'ProducerTrader-1.0.jar' };
  return Object.entries(jars).map(([id, jar]) => ({
    name: `producer-${id}`,
    command: [...heap, '-jar', `/app/${jar}`],
  }));
}
