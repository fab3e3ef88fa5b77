import { Watch, type Contender } from './contender.ts';
import { peakBytes, watchOthers } from './engine.ts';
import { compare, type Figure, type Scenario } from './figure.ts';
import { preload, type Load } from './load.ts';
import { startOurs } from './ours.ts';
import { startPeer } from './peers.ts';
import { history } from './quotes.ts';
import { Stage } from './stage.ts';

const coins = 500;
const topic = 'bench-history';

/** Measures how long an engine takes from its start until another process sees all quotes of a topic; 10% are revisions, 10% repeats. */
export const catchup: Scenario = async (tell, options) => {
  const events = options.smoke ? 20_000 : 1_000_000;
  const stage = await Stage.open({ open: options.vs !== undefined });
  try {
    await stage.createTopic(topic);
    const load = await preload(stage.broker, topic, history(events, coins, 7));
    tell(`${String(events)} events of ${String(load.expected.keys)} keys are in the topic`);
    const ours = await measure(() => startOurs(stage, topic), load, tell);
    const { vs } = options;
    const peers = vs && (await measure(() => startPeer(vs, stage, topic, tell), load, tell));
    return compare(withGoals(ours), peers);
  } finally {
    await stage.close();
  }
};

async function measure(
  start: () => Promise<Contender>,
  load: Omit<Load, 'sent'>,
  tell: (line: string) => void,
): Promise<Figure[]> {
  const contender = await start();
  const { engine, stores } = contender;
  const [store] = stores;
  if (store === undefined) throw new Error(`${contender.title} has no store`);
  const others = watchOthers([engine.pid, process.pid, ...contender.servants]);
  const watch = new Watch(store, engine);
  try {
    const { at, cpu } = await watch.awaitAll(load.ends, 600_000);
    const seconds = (at - engine.startedAt) / 1000;
    const foreign = others();
    const peak = peakBytes(engine.pid);
    const rows = await contender.verify(load.expected);
    tell(
      `${contender.title}: all visible after ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} CPU-s, ${String(rows)} rows; others took ${foreign.toFixed(0)}% of a core`,
    );
    return [
      { what: 'start of the engine to all visible', value: seconds, unit: 's' },
      { what: 'processor time until then', value: cpu, unit: 'CPU-s' },
      { what: 'peak memory (resident)', value: peak / 1e6, unit: 'MB' },
      { what: 'rows in the table', value: rows, unit: 'rows' },
    ];
  } finally {
    await watch.stop();
    await contender.stop();
  }
}

function withGoals(figures: Figure[]): Figure[] {
  const goals = [20, 32];
  return figures.map((figure, at) => ({ ...figure, goal: goals[at] }));
}
