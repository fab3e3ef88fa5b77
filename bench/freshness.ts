import { Watch, type Contender, type Store } from './contender.ts';
import { cpuSeconds, peakBytes, watchOthers } from './engine.ts';
import { compare, quantile, type Figure, type Options, type Scenario } from './figure.ts';
import { sendSteadily, type Ends, type Sent } from './load.ts';
import { startOurs } from './ours.ts';
import { startPeer } from './peers.ts';
import { LastCloses } from './quotes.ts';
import { Stage } from './stage.ts';
import { startLake } from './whole-lake.ts';

type Tell = (line: string) => void;

interface Pace {
  /** events a second */
  rate: number;
  coins: number;
  /** seconds that are not counted, because the JVM still compiles the code of a batch */
  warmUp: number;
  /** seconds that are counted */
  seconds: number;
}

const paces: Pace[] = [
  { rate: 2, coins: 1, warmUp: 15, seconds: 90 },
  { rate: 1000, coins: 500, warmUp: 15, seconds: 60 },
];

/** Upper limits by events a second: p50 and p99 in seconds, percent of a core, megabytes. For Elasticsearch only the whole lake has them. */
const goals: Record<number, Record<Store['name'], number[]>> = {
  2: { Iceberg: [1.0, 1.6], Elasticsearch: [0.7, 1.2] },
  1000: { Iceberg: [1.1, 2.2, 50, 800], Elasticsearch: [] },
};

/**
 * Measures the latency of quotes at two rates: from just before the send until this process sees the event. In Iceberg that is the catalog's
 * pointer to a commit that holds it, in Elasticsearch a search that finds it. Without a peer it measures the whole lake; with one, our
 * engine with the one job that the peer has, and then the peer.
 */
export const freshness: Scenario = async (tell, options) => {
  const figures: Figure[] = [];
  for (const pace of paces.map((full) => (options.smoke ? { ...full, warmUp: 3, seconds: 5 } : full))) {
    figures.push(...(await (options.vs === undefined ? measureLake(pace, tell) : compareWith(pace, options.vs, tell))));
  }
  return figures;
};

async function measureLake(pace: Pace, tell: Tell): Promise<Figure[]> {
  const lake = await startLake(pace.coins);
  return measure(lake, pace, tell);
}

async function compareWith(pace: Pace, vs: NonNullable<Options['vs']>, tell: Tell): Promise<Figure[]> {
  const stage = await Stage.open({ open: true });
  try {
    const topics = ['bench-ours', 'bench-peer'] as const;
    for (const topic of topics) await stage.createTopic(topic);
    const ours = await measure(await startOurs(stage, topics[0]), pace, tell);
    const peers = await measure(await startPeer(vs, stage, topics[1], tell), pace, tell);
    return compare(ours, peers);
  } finally {
    await stage.close();
  }
}

async function measure(contender: Contender, pace: Pace, tell: Tell): Promise<Figure[]> {
  const { broker, topic, engine, stores, title } = contender;
  const watches = stores.map((store) => ({ store, watch: new Watch(store, engine) }));
  try {
    const closes = new LastCloses();
    const send = (seconds: number) => sendSteadily(broker, topic, { ...pace, seconds }, closes);
    const awaitAll = (sent: Sent[]) => Promise.all(watches.map(({ watch }) => watch.awaitAll(endsOf(sent), 120_000)));
    // The engine is up when it has processed the first events.
    await awaitAll(await send(1));
    await send(pace.warmUp);
    const before = { at: performance.now(), cpu: cpuSeconds(engine.pid) };
    const others = watchOthers([engine.pid, process.pid, ...contender.servants]);
    const sent = await send(pace.seconds);
    const foreign = others();
    const share = (100 * (cpuSeconds(engine.pid) - before.cpu)) / ((performance.now() - before.at) / 1000);
    await awaitAll(sent);
    const peak = peakBytes(engine.pid) / 1e6;
    const rows = await contender.verify(closes.tally());
    tell(
      `${title}: ${String(sent.length)} events at ${String(pace.rate)}/s, ${share.toFixed(0)}% of a core, ${peak.toFixed(0)} MB, ${String(rows)} rows; others took ${foreign.toFixed(0)}% of a core`,
    );
    const seen = [];
    for (const { store, watch } of watches) seen.push({ name: store.name, latencies: await watch.latencies(sent) });
    return figuresOf(pace, seen, share, peak);
  } finally {
    for (const { watch } of watches) await watch.stop();
    await contender.stop();
  }
}

/**
 * @param seen by store, milliseconds of each event
 * @param share of a core, in percent
 * @param peak megabytes
 */
function figuresOf(
  { rate }: Pace,
  seen: { name: Store['name']; latencies: number[] }[],
  share: number,
  peak: number,
): Figure[] {
  const goal = (name: Store['name'], place: number) => goals[rate]?.[name][place];
  const pace = `${String(rate)}/s`;
  const latencies = seen.flatMap(({ name, latencies }) =>
    [0.5, 0.99].map((q, place) => ({
      what: `send to visible in ${name}, ${pace}, p${String(q * 100)}`,
      value: quantile(latencies, q) / 1000,
      unit: 's' as const,
      goal: goal(name, place),
      samples: place === 0 ? latencies.map((ms) => Math.round(ms) / 1000) : undefined,
    })),
  );
  return [
    ...latencies,
    {
      what: `processor, ${pace}, share of a core`,
      value: share,
      unit: '%' as const,
      // These limits are for the one job that a peer also has.
      goal: seen.length === 1 ? goal('Iceberg', 2) : undefined,
    },
    { what: `peak memory (resident), ${pace}`, value: peak, unit: 'MB', goal: goal('Iceberg', 3) },
  ];
}

function endsOf(sent: Sent[]): Ends {
  const ends = new Map<number, number>();
  for (const { partition, offset } of sent) ends.set(partition, Math.max(offset + 1, ends.get(partition) ?? 0));
  return ends;
}
