import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readSettings } from '../../src/settings/settings.ts';
import { LocalLake } from '../../src/local/lake.ts';
import { layOut } from '../../src/local/layout.ts';
import type { Broker } from '../../src/tools/broker.ts';
import { askStatus } from '../../src/local/status/status-question.ts';
import type { LakeStatus } from '../../src/local/status/model.ts';
import type { ProblemId } from '../../src/lake/alarms.ts';
import type { Problem } from '../../src/lake/alarms.ts';
import { readParts, readSupervisor, runFolder } from '../../src/local/supervisor/parts.ts';
import { endGroup } from '../../src/tools/process-identity.ts';
import { freePort } from '../../src/local/ports.ts';
import { signIn } from '../../src/tools/credential.ts';
import { readJobProgress } from '../../src/tools/progress.ts';
import { requestSearch } from '../../src/tools/search-request.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import { runCommand, type Ran } from './command-line.ts';

export type { Ran } from './command-line.ts';

/** A lake of a test with its own folder and ports, controlled through the launcher as by a user. */
export class TestLake {
  private readonly underWay = new Set<Promise<unknown>>();
  private removal: Promise<void> | undefined;

  private constructor(
    readonly folder: string,
    readonly env: Record<string, string>,
    readonly broker: Broker,
    readonly search: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * @param more more settings, as environment variables
   * @param signal ends its commands, except those that remove it
   */
  static async prepare(more: Record<string, string> = {}, signal?: AbortSignal): Promise<TestLake> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptodm-lake-'));
    const [kafka, controller] = [await freePort(), await freePort()];
    const [elasticsearch, dashboard] = [await freePort(), await freePort()];
    const data = join(folder, 'lake');
    const env: Record<string, string> = {
      CRYPTODM_PATHS_DATA: data,
      CRYPTODM_PORTS_KAFKA: String(kafka),
      CRYPTODM_PORTS_CONTROLLER: String(controller),
      CRYPTODM_PORTS_ELASTICSEARCH: String(elasticsearch),
      CRYPTODM_PORTS_DASHBOARD: String(dashboard),
      // Tests know which rows they have sent.
      CRYPTODM_QUOTES_HISTORY: '0',
      CI: 'true',
      ...more,
    };
    const { credential } = layOut(env['CRYPTODM_PATHS_DATA'] ?? data);
    const signsIn = env['CRYPTODM_ACCESS_BROKER'] !== 'open';
    const broker = { bootstrapServers: `127.0.0.1:${String(kafka)}`, ...(signsIn ? { credential } : {}) };
    return new TestLake(folder, env, broker, `http://127.0.0.1:${String(elasticsearch)}`, signal);
  }

  /** Address of its dashboard. */
  get dashboard(): string {
    return `http://127.0.0.1:${this.env['CRYPTODM_PORTS_DASHBOARD'] ?? ''}`;
  }

  get data(): string {
    return this.env['CRYPTODM_PATHS_DATA'] ?? '';
  }

  /** A request to its Elasticsearch with the lake's login. */
  async askSearch(path: string, init: Parameters<typeof requestSearch>[2] = {}): Promise<Response> {
    return requestSearch({ url: this.search, credential: layOut(this.data).credential }, path, init);
  }

  /** A request to its dashboard with the lake's login. */
  async askDashboard(path: string): Promise<Response> {
    return fetch(new URL(path, this.dashboard), { headers: signIn(layOut(this.data).credential) });
  }

  /** A link that opens its dashboard once. */
  async link(): Promise<string> {
    return (JSON.parse(await this.runHere('dashboard', '--no-open', '--json')) as { url: string }).url;
  }

  /** Runs a command of ours, which may fail. */
  async try(
    args: string[],
    more: { env?: Record<string, string | undefined>; cwd?: string; signal?: AbortSignal | undefined } = {},
  ): Promise<Ran> {
    const { cwd = this.folder, env, signal = this.signal } = more;
    const running = execa(join(process.cwd(), 'cryptodm'), args, {
      cwd,
      env: { ...this.env, ...env },
      reject: false,
      stdin: 'ignore',
      cancelSignal: signal,
    });
    this.underWay.add(running);
    const ran = await running.finally(() => this.underWay.delete(running));
    return { code: ran.exitCode ?? -1, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** Runs a command of ours that must succeed. @returns its stdout */
  async run(...args: string[]): Promise<string> {
    const ran = await this.try(args);
    assert.equal(ran.code, 0, `cryptodm ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  }

  /** Runs a command that must succeed in this process, because a start of the launcher costs 0.3 CPU-s. @returns its stdout */
  async runHere(...args: string[]): Promise<string> {
    const env = { ...process.env, ...this.env };
    const ran = await runCommand(args, { env, cwd: this.folder, ...(this.signal && { signal: this.signal }) });
    assert.equal(ran.code, 0, `cryptodm ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  }

  /** The rows of a query, asked in this process. */
  async query<T = Record<string, unknown>>(sql: string, ...more: string[]): Promise<T[]> {
    return JSON.parse(await this.runHere('query', sql, '--format', 'json', ...more)) as T[];
  }

  /** The result of `status --json`, from a call in this process. */
  async status(): Promise<LakeStatus> {
    const env = { ...process.env, ...this.env };
    const { status } = await askStatus(new LocalLake(readSettings({ flags: {}, env, cwd: this.folder })));
    // Removes undefined values, as the command does.
    return JSON.parse(JSON.stringify(status)) as LakeStatus;
  }

  /** Process id of a running part. */
  async pidOf(part: string): Promise<number> {
    const pid = (await this.status()).parts.find((candidate) => candidate.id === part)?.pid;
    assert.ok(pid, `${part} is not up`);
    return pid;
  }

  /** Waits until `status` has this problem with this text. @returns the problem */
  async named(id: ProblemId, what = /./, withinMs = 120_000): Promise<Problem> {
    let last: LakeStatus | undefined;
    const found = await awaitAnswer(
      async () => {
        last = await this.status();
        return last.problems.find((problem) => problem.id === id && what.test(problem.what));
      },
      { withinMs, everyMs: 500 },
    );
    assert.ok(found, `${id} was not named, ${shorten(last)}`);
    return found;
  }

  /** Waits until `status` has no other problems than these. */
  async sound(...but: ProblemId[]): Promise<LakeStatus> {
    let last: LakeStatus | undefined;
    const sound = await awaitAnswer(
      async () => {
        last = await this.status();
        return last.problems.every((problem) => but.includes(problem.id)) && last.state === 'up' ? last : undefined;
      },
      { withinMs: 240_000, everyMs: 500 },
    );
    assert.ok(sound, `it stays unsound, ${shorten(last)}`);
    return sound;
  }

  /** Waits until all jobs have read their topics to the end and finished the batch. */
  async settle(): Promise<LakeStatus> {
    const settled = await awaitAnswer(
      async () => {
        const status = await this.status();
        const streams = status.jobs.filter((job) => job.id !== 'lake-layers');
        return streams.every((job) => job.lag === 0 && job.state === 'running') ? status : undefined;
      },
      { withinMs: 180_000, everyMs: 250 },
    );
    assert.ok(settled, `the jobs did not catch up: ${JSON.stringify((await this.status()).jobs, null, 1)}`);
    return settled;
  }

  /** Waits until silver and gold contain everything in the topics. */
  async settleLayers(): Promise<void> {
    await this.settle();
    const since = new Date().toISOString();
    const file = join(this.data, 'run', 'lake-layers.json');
    const settled = await awaitAnswer(
      () => {
        const progress = readJobProgress(file);
        return progress?.takenAt !== undefined && progress.takenAt > since && progress.lag === 0 ? true : undefined;
      },
      { withinMs: 180_000, everyMs: 100 },
    );
    assert.ok(settled, `the layers did not catch up: ${JSON.stringify(readJobProgress(file))}`);
  }

  /** Documents of the index by id: all, or those that an Elasticsearch query finds. Each batch refreshes the index. */
  async documents(query?: Record<string, unknown>): Promise<Map<string, Record<string, unknown>>> {
    const found = new Map<string, Record<string, unknown>>();
    let after: unknown[] | undefined;
    for (;;) {
      const sort = [{ start_window: 'asc' }, { asset_id: 'asc' }];
      const body = { size: 5000, query, sort, search_after: after };
      const response = await this.askSearch('/crypto_quote/_search', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const { hits } = (await response.json()) as {
        hits: { hits: { _id: string; _source: Record<string, unknown>; sort: unknown[] }[] };
      };
      for (const hit of hits.hits) found.set(hit._id, hit._source);
      if (hits.hits.length < 5000) return found;
      after = hits.hits.at(-1)?.sort;
    }
  }

  /** Kills its processes and leaves its files, for inspection or another start. */
  async halt(): Promise<void> {
    const run = runFolder(this.data, tmpdir());
    // The supervisor first, because it would start the parts again.
    const supervisor = readSupervisor(run.supervisor);
    if (supervisor !== undefined) await endGroup(supervisor, 0);
    for (const part of readParts(run.parts)) if (part.process !== undefined) await endGroup(part.process, 0);
  }

  /** Removes the lake in any state; further calls do nothing. */
  remove(): Promise<void> {
    return (this.removal ??= this.takeAway());
  }

  private async takeAway(): Promise<void> {
    // A command that got a signal holds the lake's lock until it ends.
    if (this.signal?.aborted === true) await Promise.allSettled(this.underWay);
    await this.try(['down', '--yes'], { signal: new AbortController().signal });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The problems of a status as text. */
function shorten(status: LakeStatus | undefined): string {
  const parts = status?.parts.map(({ id, state }) => `${id} ${state}`);
  const jobs = status?.jobs.map(({ id, state, lag }) => `${id} ${String(state)} lag ${String(lag)}`);
  return JSON.stringify({ state: status?.state, problems: status?.problems, parts, jobs });
}
