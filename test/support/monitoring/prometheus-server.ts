import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { freePort } from '../../../src/local/ports.ts';
import { cacheFolder, isComplete, publishFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findOnPath } from '../../../src/tools/path-search.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';

const programs = ['prometheus', 'promtool'] as const;
type Programs = Record<(typeof programs)[number], string>;

/** Prometheus and its checker: those on PATH, or those of Debian's package, which is unpacked and not installed. @returns their paths, or why there are none */
export async function findPrometheus(): Promise<Programs | string> {
  const [prometheus, promtool] = programs.map((name) => findOnPath(name, process.env));
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = join(cacheFolder(thisMachine(process.env)), 'test', 'prometheus');
  try {
    if (!isComplete(folder)) await publishFolder(folder, unpack);
  } catch (error) {
    return `no Prometheus on PATH, and no package of Debian: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`;
  }
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}

async function unpack(folder: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'cryptodm-prometheus-'));
  const run = (file: string, ...args: string[]) =>
    execa(file, args, { cwd: scratch, stdin: 'ignore', timeout: 120_000 });
  const download = () => run('apt-get', 'download', 'prometheus');
  try {
    // Lists of packages are missing on a new machine.
    await download().catch(async () => {
      await run('apt-get', 'update', '-qq');
      await download();
    });
    const [archive = ''] = readdirSync(scratch).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', '--extract', archive, '.');
    for (const name of programs) copyFileSync(join(scratch, 'usr', 'bin', name), join(folder, name));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** One value of a query with its labels. */
export interface QueryValue {
  metric: Record<string, string>;
  /** seconds since 1970, and the number as text */
  value: [number, string];
}

/** A Prometheus of a test: https://prometheus.io/docs/prometheus/latest/querying/api/. */
export class PrometheusServer {
  private constructor(
    private readonly url: string,
    private readonly child: ResultPromise,
  ) {}

  /** @param configuration path of prometheus.yml @param folder where it keeps its data */
  static async start(program: string, configuration: string, folder: string): Promise<PrometheusServer> {
    const address = `127.0.0.1:${String(await freePort())}`;
    const args = [
      ...['--config.file', configuration, '--storage.tsdb.path', join(folder, 'prometheus')],
      ...['--web.listen-address', address],
    ];
    const child = execa(program, args, { stdin: 'ignore', all: true, reject: false, buffer: true });
    const server = new PrometheusServer(`http://${address}`, child);
    const ready = await awaitAnswer(
      async () => ((await fetch(`${server.url}/-/ready`).catch(() => undefined))?.ok === true ? true : undefined),
      { withinMs: 30_000 },
    );
    if (ready === true) return server;
    await server.stop();
    throw new Error(`Prometheus does not start:\n${String((await child).all)}`);
  }

  private async ask<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { data: Data; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data;
  }

  async query(expression: string): Promise<QueryValue[]> {
    return (await this.ask<{ result: QueryValue[] }>(`query?query=${encodeURIComponent(expression)}`)).result;
  }

  /** Names of the alert rules that it has loaded. */
  async alerts(): Promise<string[]> {
    const { groups } = await this.ask<{ groups: { rules: { name: string }[] }[] }>('rules?type=alert');
    return groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.child;
  }
}
