import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { topicRanges } from '../../../src/tools/kafka.ts';
import { awaitAnswer } from '../../../src/tools/waiting.ts';
import { AwsTestLake, prefix } from './test-lake.ts';

interface Job {
  id: string;
  state: string;
}

/** What a user does with a lake in an account, as tests that follow each other: the quick story and the long one are put together from it. */
export class LakeStory {
  private raised: AwsTestLake | undefined;

  /** The lake, once the suite has begun. */
  get lake(): AwsTestLake {
    assert.ok(this.raised, 'the story has not begun');
    return this.raised;
  }

  async begin(): Promise<void> {
    this.raised = await AwsTestLake.whole();
  }

  async end(): Promise<void> {
    await this.raised?.end();
  }

  async count(table: string): Promise<number> {
    const [row] = await this.lake.query<{ n: number | string }>(`select count(*) as n from crypto_db.${table}`);
    return Number(row?.n);
  }

  /** Keys of rows that stand more than once. */
  async twice(): Promise<Record<string, unknown>[]> {
    return [
      ...(await this.lake.query(
        'select asset_id, start_window from crypto_db.crypto_quote group by asset_id, asset_type, start_window having count(*) > 1',
      )),
      ...(await this.lake.query(
        'select transaction_id from crypto_db.crypto_trader group by transaction_id having count(*) > 1',
      )),
    ];
  }

  /** How many records a topic was ever sent. */
  async recordsOf(topic: string): Promise<number> {
    const bootstrapServers = this.lake.world.brokers?.plainServers ?? '';
    const ranges = await topicRanges({ bootstrapServers }, [topic]);
    return Object.values(ranges[topic] ?? {}).reduce((sum, { high }) => sum + high, 0);
  }

  async documentOf(id: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.search(`crypto_quote/_doc/${encodeURIComponent(id)}`);
    return ((await answer.json()) as { _source?: Record<string, unknown> })._source;
  }

  /** Undefined when there is no index. */
  async documentCount(): Promise<number | undefined> {
    const answer = await this.search('crypto_quote/_count');
    return answer.ok ? ((await answer.json()) as { count: number }).count : undefined;
  }

  /** The Java processes of this account's steps that run a jar. */
  stepProcesses(jar: string): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const args = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
          const environment = readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
          return (
            args[0]?.endsWith('java') === true &&
            args.some((arg) => arg.includes(jar)) &&
            environment.includes(`AWS_ENDPOINT_URL=${this.lake.account.url}`)
          );
        } catch {
          return false;
        }
      });
  }

  private search(path: string): Promise<Response> {
    return fetch(`${this.lake.world.search?.url ?? ''}/${path}`);
  }

  itBegins(): void {
    it('begins with a file and a secret', async () => {
      const { url = '' } = this.lake.world.search ?? {};
      await this.lake.run('init', '--target', 'aws', '--prefix', prefix, '--source', 'simulate', '--elastic-url', url);
      assert.match(readFileSync(join(this.lake.folder, 'cryptodm.yaml'), 'utf8'), /^target: aws$/m);
      const stored = await this.lake.try(['secrets', 'set', 'elasticsearch', '--from-env'], {
        env: { ELASTICSEARCH_USERNAME: 'ana', ELASTICSEARCH_PASSWORD: 'hidden-word' },
      });
      assert.equal(stored.code, 0, stored.stderr);
      assert.match(await this.lake.run('secrets', 'list'), /acme-lake\/elasticsearch/);
    });

    it('shows what will be made and what it costs: within a dollar an hour', async () => {
      const plan = await this.lake.json<{ changes: { action: string }[]; costs: { perHour: number } }>('plan');
      assert.ok(plan.changes.length > 150);
      assert.ok(plan.changes.every(({ action }) => action === 'create'));
      assert.ok(plan.costs.perHour > 0.1 && plan.costs.perHour <= 1, String(plan.costs.perHour));
    });
  }

  itFlows(): void {
    it('takes quotes and trades into the tables, once each, and quotes into the index', async () => {
      const full = await awaitAnswer(
        async () =>
          (await this.count('crypto_quote')) >= 4 && (await this.count('crypto_trader')) >= 20 ? true : undefined,
        { withinMs: 300_000, everyMs: 2000 },
      );
      assert.ok(full, 'the tables stay empty');
      assert.deepEqual(await this.twice(), []);
      const rows = await this.lake.query<{ asset_id: string; price_crypto: string; at: string }>(
        `select asset_id, cast(price_crypto as varchar) as price_crypto,
                cast(to_unixtime(start_window) as bigint) as at
         from crypto_db.crypto_quote where start_window < now() - interval '2' minute order by start_window limit 2`,
      );
      for (const row of rows) {
        const minute = new Date(Number(row.at) * 1000).toISOString().replace('.000Z', 'Z');
        const document = await this.documentOf(`${row.asset_id}-USD-${minute}`);
        assert.equal(Number(document?.['price_crypto']), Number(row.price_crypto));
      }
    });

    it('values trades by the minute’s price and knows the coins’ icons', async () => {
      const valued = await awaitAnswer(
        async () => {
          const found = await this.lake.query<{ total: string; worth: string; icon_url: string }>(
            `select cast(total_price_transaction as double) as total, cast(quantity * price_crypto as double) as worth, icon_url
             from crypto_db.crypto_trader_view where price_crypto is not null limit 5`,
          );
          return found.length > 0 ? found : undefined;
        },
        { withinMs: 180_000, everyMs: 2000 },
      );
      assert.ok(valued, 'no trade is valued');
      for (const { total, worth, icon_url } of valued) {
        assert.ok(Math.abs(Number(total) - Number(worth)) < 1e-6);
        assert.match(icon_url, /^https:/);
      }
    });

    it('changes nothing when everything stands', async () => {
      assert.deepEqual((await this.lake.json<{ changes: unknown[] }>('plan')).changes, []);
      assert.deepEqual((await this.lake.json<{ changed: string[] }>('up', '--yes')).changed, []);
    });

    it('tells how it is', async () => {
      const status = JSON.parse(await this.lake.run('status', '--json')) as { jobs: Job[] };
      assert.deepEqual(
        status.jobs.map(({ id, state }) => [id, state]),
        ['quotes-iceberg', 'trades-iceberg', 'quotes-elasticsearch', 'lake-layers'].map((id) => [id, 'running']),
      );
      assert.match(await this.lake.run('jobs', 'list'), /quotes-iceberg +s-\w+ +running/);
      const logged = await awaitAnswer(
        async () => ((await this.lake.runHere('logs', 'producer-trades')).includes('acknowledged') ? true : undefined),
        { withinMs: 60_000, everyMs: 1000 },
      );
      assert.ok(logged, 'the producers’ logs are not shipped');
    });
  }

  itKeepsSecrets(): void {
    it('has no secret in anything that is kept or shown', async () => {
      const data = join(this.lake.folder, 'data', 'aws', prefix);
      for (const name of ['journal.json', 'deployment.json', 'inventory.yml', 'lake.json']) {
        assert.doesNotMatch(readFileSync(join(data, name), 'utf8'), /hidden-word/, name);
      }
      const steps = await this.lake.run('jobs', 'list', '--json');
      assert.doesNotMatch(steps, /hidden-word/);
    });
  }

  itLeavesNothing(): void {
    it('leaves nothing', async () => {
      const proof = await this.lake.json<{ removed: number; tagged: string[]; named: string[]; files: string[] }>(
        'down',
        '--yes',
      );
      assert.deepEqual([proof.tagged, proof.named, proof.files], [[], [], []]);
      assert.ok(proof.removed >= 5);
      assert.deepEqual(
        existsSync(join(this.lake.folder, 'data')) ? readdirSync(join(this.lake.folder, 'data')) : [],
        [],
      );
      assert.equal(await this.documentCount(), undefined);
      assert.deepEqual(this.stepProcesses('KafkaConsumer'), []);
    });
  }
}
