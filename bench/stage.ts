import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { localParts, type LocalParts } from '../src/local/parts/lake-parts.ts';
import { prepare, type Toolchain } from '../src/local/setup/preparation.ts';
import { readSettings } from '../src/settings/settings.ts';
import type { Layout } from '../src/local/layout.ts';
import { ensureCredential } from '../src/local/credential.ts';
import { localPlace } from '../src/local/lake-steps.ts';
import type { Lake } from '../src/lake/schema.ts';
import { LocalLake } from '../src/local/lake.ts';
import { acknowledges, alignTopics } from '../src/tools/kafka.ts';
import { freePort } from '../src/local/ports.ts';
import { awaitAnswer } from '../src/tools/waiting.ts';
import { startEngine, type Engine } from './engine.ts';
import { partitions } from './quotes.ts';

/** The folder of one engine: a catalog and a warehouse of its own. */
export interface Ground {
  layout: Layout;
  place: ReturnType<typeof localPlace>;
  parts: LocalParts;
}

const entry = [join(process.cwd(), 'bench', 'main.ts')];

/** A broker for the duration of a scenario, and what engines need to start. */
export class Stage {
  private constructor(
    readonly folder: string,
    readonly toolchain: Toolchain,
    private readonly lake: LocalLake,
    private readonly declaration: Lake,
    readonly kafka: Engine,
  ) {}

  static async open(): Promise<Stage> {
    // Fetches and builds jars, servers and class archives, as for every user.
    await execa('./cryptodm', ['setup'], { stdin: 'ignore' });
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-bench-'));
    // Runs after the engines have ended, also when this process is interrupted.
    process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
    const ports = { kafka: await freePort(), controller: await freePort(), elasticsearch: await freePort() };
    const flags = { ports, paths: { data: join(folder, 'broker') } };
    const settings = readSettings({ flags, env: process.env, cwd: folder });
    const caller = { signal: new AbortController().signal, onEvent: () => undefined, entry, env: process.env };
    const lake = new LocalLake(settings);
    const toolchain = await prepare(lake, caller, { extensions: false });
    makeFolders(lake.layout);
    ensureCredential(lake.layout);
    const { kafka } = localParts(lake, await lake.declaration(), toolchain, { entry });
    for (const { path, text } of kafka.files ?? []) writeFileSync(path, text);
    const stage = new Stage(folder, toolchain, lake, await lake.declaration(), startEngine(kafka.daemon));
    const broker = { bootstrapServers: stage.broker };
    const up = await awaitAnswer(async () => ((await acknowledges(broker)) ? true : undefined), { withinMs: 60_000 });
    if (up === undefined) {
      await stage.close();
      throw new Error('the broker did not come up');
    }
    return stage;
  }

  get broker(): string {
    return this.lake.broker.bootstrapServers;
  }

  async createTopic(name: string, count = partitions): Promise<void> {
    const topic = { name, partitions: count, replication: 1, config: {} };
    await alignTopics({ bootstrapServers: this.broker }, [topic]);
  }

  /** An empty folder for an engine. */
  ground(name: string): Ground {
    const data = join(this.folder, name);
    const { settings } = this.lake;
    const lake = new LocalLake({ ...settings, paths: { ...settings.paths, data } });
    const { layout } = lake;
    makeFolders(layout);
    // Its engine is a client of the one broker of the stage.
    copyFileSync(this.lake.layout.credential, layout.credential);
    return {
      layout,
      place: localPlace(lake.settings, layout),
      parts: localParts(lake, this.declaration, this.toolchain, { entry }),
    };
  }

  async close(): Promise<void> {
    await this.kafka.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function makeFolders(layout: Layout): void {
  for (const folder of [layout.run, layout.logs, layout.temporary, layout.warehouse, layout.kafka])
    mkdirSync(folder, { recursive: true });
}
