import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Snippet } from '../../../src/lake/snippet.ts';
import { layOut } from '../../../src/local/layout.ts';
import { engines, pythonPath } from '../../support/engines/python.ts';
import { runBesideSpark } from '../../support/foreign-append.ts';
import { TestLake } from '../../support/lake.ts';

describe('a lake in large tools of others', function () {
  this.timeout(900_000);
  let lake: TestLake;
  const snippet = async (tool: string) => (JSON.parse(await lake.runHere('open', tool, '--json')) as Snippet).text;
  const bars = async () => {
    const rows = await lake.query<{ asset_id: string; bars: number }>(
      'select asset_id, count(*)::int as bars from crypto_db.crypto_quote group by 1 order by 1',
    );
    return rows.map((row) => [row.asset_id, row.bars]);
  };

  before(async () => {
    lake = await TestLake.prepare();
    await lake.run('up', '--source', 'simulate', '--coins', 'BTC/USD,ETH/USD', '--rate', '50');
    await lake.run('trade', 'buy', 'BTC', '0.25');
    await lake.run('produce', '--stop');
    await lake.settle();
  });

  after(() => lake.remove());

  it('is read by Spark as the text for it says', async () => {
    const file = join(lake.folder, 'spark.py');
    writeFileSync(file, await snippet('spark'));
    const env = { PYTHONPATH: join(pythonPath, 'stand-in'), PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout: settings } = await execa(join(await engines('clients'), 'python'), [file], { env });
    const rows = await runBesideSpark(lake, 'test/support/engines/SparkSettings.java', [], settings);
    const read = rows.split('\n').map((row) => row.split(',').slice(0, 2));
    assert.deepEqual(read.map(([coin, count]) => [coin, Number(count)]).sort(), await bars());
  });

  it('is the source of the dbt project of the examples, with the profile that "open" prints', async () => {
    const tools = await engines('dbt');
    const project = join(lake.folder, 'dbt');
    cpSync('examples/dbt', project, { recursive: true });
    writeFileSync(join(project, 'profiles.yml'), await snippet('dbt'));
    const home = join(lake.folder, 'home');
    mkdirSync(home);
    const env = {
      HOME: home,
      PYTHONPATH: pythonPath,
      PYTHONDONTWRITEBYTECODE: '1',
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      LAKE_TOKEN: readFileSync(layOut(lake.data).credential, 'utf8'),
    };
    const python = (program: string) => execa(join(tools, 'python'), ['-c', program], { cwd: project, env });
    await python("import duckdb_extensions; duckdb_extensions.place('../home/.duckdb/extensions')");
    const built = await execa(join(tools, 'dbt'), ['build', '--no-use-colors'], { cwd: project, env, reject: false });
    assert.equal(built.exitCode, 0, built.stdout);
    const { stdout } = await python(
      `import duckdb, json
made = duckdb.connect("analytics.duckdb", read_only=True)
bars = made.sql("select asset_id, sum(bars)::int from daily_price group by 1 order by 1").fetchall()
print(json.dumps({"bars": bars, "traded": made.sql("select count(*) from daily_turnover").fetchone()[0]}))`,
    );
    const { bars: counted, traded } = JSON.parse(stdout) as { bars: [string, number][]; traded: number };
    assert.deepEqual(counted, await bars());
    assert.ok(traded > 0);
  });
});
