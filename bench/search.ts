import { prepareBodies, sendBodies } from './bulk-client.ts';
import { cpuSeconds, peakBytes, startEngine, watchOthers } from './engine.ts';
import type { Figure, Scenario } from './figure.ts';
import { preload } from './load.ts';
import { writeOneJobSpec } from './ours.ts';
import { history, type Tally } from './quotes.ts';
import { SearchNode, type Filled } from './search-node.ts';
import { Stage } from './stage.ts';

const topic = 'bench-documents';
const coins = 500;

type Tell = (line: string) => void;

/**
 * Writes the quotes of a full topic into Elasticsearch by id: first our engine with only that job, then a plain client with the same documents
 * prepared, which shows what the node itself needs. Each gets a newly started node.
 */
export const search: Scenario = async (tell, { smoke }) => {
  const events = smoke ? 20_000 : 1_000_000;
  const quotes = () => history(events, coins, 7);
  const stage = await Stage.open();
  try {
    await stage.createTopic(topic);
    const { expected } = await preload(stage.broker, topic, quotes());
    tell(`${String(events)} events of ${String(expected.keys)} documents are in the topic`);
    const ours = await measureOurs(stage, expected, tell);
    const client = await measureClient(stage, expected, prepareBodies(quotes()), tell);
    return [...ours, ...client];
  } finally {
    await stage.close();
  }
};

async function measureOurs(stage: Stage, expected: Tally, tell: Tell): Promise<Figure[]> {
  const ground = stage.ground('ours-search');
  const node = await SearchNode.start(ground);
  try {
    writeOneJobSpec(ground, topic, 'quotes-to-index');
    const before = cpuSeconds(node.engine.pid);
    const engine = startEngine(ground.parts.spark.daemon);
    try {
      const others = watchOthers([engine.pid, node.engine.pid, stage.kafka.pid, process.pid]);
      const filled = await node.awaitAll(expected, engine);
      const foreign = others();
      const seconds = (filled.last.at - engine.startedAt) / 1000;
      const peak = peakBytes(engine.pid) / 1e6;
      tell(`cryptodm: all visible after ${seconds.toFixed(1)} s; others took ${foreign.toFixed(0)}% of a core`);
      return [
        { what: 'documents, first to last visible', value: rateOf(filled), unit: 'documents/s', goal: 35_000 },
        { what: 'start of the engine to all visible', value: seconds, unit: 's' },
        { what: 'documents, from the start on', value: expected.keys / seconds, unit: 'documents/s' },
        { what: 'processor time of the engine', value: filled.cpu.writer, unit: 'CPU-s' },
        { what: 'peak memory of the engine (resident)', value: peak, unit: 'MB' },
        ...ofNode(node, filled, before, ''),
      ];
    } finally {
      await engine.stop();
    }
  } finally {
    await node.stop();
  }
}

async function measureClient(stage: Stage, expected: Tally, bodies: Buffer[], tell: Tell): Promise<Figure[]> {
  const node = await SearchNode.start(stage.ground('plain-search'));
  try {
    const before = cpuSeconds(node.engine.pid);
    const others = watchOthers([node.engine.pid, stage.kafka.pid, process.pid]);
    const begun = performance.now();
    const self = { pid: process.pid, check: () => undefined };
    const [filled] = await Promise.all([node.awaitAll(expected, self), sendBodies(node, bodies)]);
    const foreign = others();
    const seconds = (filled.last.at - begun) / 1000;
    tell(`plain client: all visible after ${seconds.toFixed(1)} s; others took ${foreign.toFixed(0)}% of a core`);
    return [
      { what: 'plain client: documents, first to last visible', value: rateOf(filled), unit: 'documents/s' },
      {
        what: 'plain client: documents, from the first request on',
        value: expected.keys / seconds,
        unit: 'documents/s',
      },
      ...ofNode(node, filled, before, 'plain client: '),
    ];
  } finally {
    await node.stop();
  }
}

/** Processor seconds that the node used from `before` until all was visible. */
function ofNode(node: SearchNode, { cpu }: Filled, before: number, by: string): Figure[] {
  const peak = peakBytes(node.engine.pid) / 1e6;
  return [
    { what: `${by}processor time of Elasticsearch`, value: cpu.node - before, unit: 'CPU-s' },
    { what: `${by}peak memory of Elasticsearch (resident)`, value: peak, unit: 'MB' },
  ];
}

/** Documents a second between the first and the last poll that saw new ones, without those of the first poll. */
function rateOf({ first, last }: Filled): number {
  return (last.documents - first.documents) / ((last.at - first.at) / 1000);
}
