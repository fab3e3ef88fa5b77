import { packageFolder } from '../../toolchain/preparation.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import type { Lake } from '../../lake/schema.ts';
import { readJobProgress, type JobProgress } from '../../tools/progress.ts';
import { readCredential } from '../credential.ts';
import { DashboardLogin } from './login.ts';
import { SearchReader } from './search-reader.ts';
import { HealthWatch } from './health-watch.ts';
import { Icons } from './icons.ts';
import { LakeTables } from './lake-tables.ts';
import { LiveFeed } from './live-feed.ts';
import { PageFiles } from './page-files.ts';
import { QuoteIndex } from './quote-index.ts';
import { SqlBox } from '../query/sql-box.ts';
import { Tape } from './tape.ts';
import { TapeWatch } from './tape-watch.ts';
import { TriggerWatch } from './trigger-watch.ts';

/** What the routes work with. */
export interface Dashboard {
  lake: LocalLake;
  login: DashboardLogin;
  declaration: Lake;
  page: PageFiles;
  feed: LiveFeed;
  tables: LakeTables;
  quotes: QuoteIndex;
  tape: Tape;
  health: HealthWatch;
  icons: Icons;
  sql: SqlBox;
  close: () => Promise<void>;
}

/** Puts the parts of a dashboard together and starts their timers. */
export async function openDashboard(lake: LocalLake, caller: Caller, log: (line: string) => void): Promise<Dashboard> {
  const { settings, layout } = lake;
  const login = new DashboardLogin(
    settings.access.dashboard === 'open' ? undefined : readCredential(layout),
    settings.ports.dashboard,
  );
  const declaration = await lake.declaration();
  const [search, layers, market] = (['quotes-to-index', 'tables-to-layers', 'market-to-table'] as const).map((kind) =>
    lake.layout.jobProgress(jobOf(declaration, kind)),
  );
  const feed = new LiveFeed();
  const reader = new SearchReader(lake.search, lake.indexName(declaration.indexes[0]?.name ?? ''));
  const quotes = new QuoteIndex(reader, declaration.renamed);
  const tables = new LakeTables(lake, caller, () => stampOf(readJobProgress(layers ?? '')));
  const health = new HealthWatch(
    lake,
    () => feed.hasListeners,
    (now, sample) => feed.send('health', { ...now, sample }),
    log,
  );
  const icons = new Icons((coin) => feed.send('icon', { coin }));
  const sql = new SqlBox(lake, caller);
  let last = readJobProgress(layers ?? '');
  const watch = new TriggerWatch(
    {
      [search ?? '']: oneAtATime(() => sendNewBars(quotes, feed), log),
      [layers ?? '']: () => {
        const now = readJobProgress(layers ?? '');
        if (stampOf(now) === stampOf(last)) return;
        const candlesOnly = now?.since === last?.since && now?.batches === last?.batches;
        last = now;
        feed.send('layers', { stamp: stampOf(now), candlesOnly });
      },
    },
    () => feed.hasListeners,
  );
  const tape = new Tape(declaration.renamed);
  const topic = declaration.topics.find(({ id }) => id === 'market')?.name ?? '';
  const tapeWatch = new TapeWatch(
    { broker: () => lake.broker, topic, progress: market ?? '' },
    tape,
    () => feed.hasListeners,
    (coins) => feed.send('tape', { coins }),
    log,
  );
  health.start();
  return {
    ...{ lake, login, declaration, feed, tables, quotes, tape, health, icons, sql },
    page: new PageFiles(packageFolder(caller.entry)),
    close: async () => {
      watch.close();
      health.close();
      feed.close();
      tables.close();
      sql.close();
      await Promise.all([reader.close(), tapeWatch.close()]);
    },
  };
}

function jobOf({ jobs }: Lake, kind: Lake['jobs'][number]['kind']): string {
  return jobs.find((job) => job.kind === kind)?.id ?? '';
}

/** A text that changes whenever the job has written rows to silver or gold. */
function stampOf(progress: JobProgress | undefined): string {
  return `${progress?.since ?? ''} ${String(progress?.rows ?? 0)}`;
}

async function sendNewBars(quotes: QuoteIndex, feed: LiveFeed): Promise<void> {
  const bars = await quotes.newBars();
  if (bars.length === 0) return;
  feed.send('bars', { bars });
}

/** Calls while the action runs make it run once more after that. */
function oneAtATime(act: () => Promise<void>, log: (line: string) => void): () => void {
  let running = false;
  let again = false;
  const run = () => {
    again = running;
    if (running) return;
    running = true;
    act()
      .catch((error: unknown) => log(`can't send the new bars: ${(error as Error).message}`))
      .finally(() => {
        running = false;
        if (again) run();
      });
  };
  return run;
}
