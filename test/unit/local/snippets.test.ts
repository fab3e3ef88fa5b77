import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parse, parseAllDocuments } from 'yaml';
import { openTools } from '../../../src/lake/snippet.ts';
import { runCommand } from '../../support/command-line.ts';

/** A folder whose letters mean something in SQL, in YAML and in a shell. */
const data = `/home/ann's lake: "données" $1`;
const opened = async (tool: string, env: Record<string, string> = {}) => {
  const ran = await runCommand(['open', tool], { env: { CRYPTODM_PATHS_DATA: data, ...env } });
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout;
};
const credential = `${data}/credential`;

describe('what opens a lake on this machine', () => {
  it('has the address of this lake and says of each tool whether a test runs it', async () => {
    const env = { CRYPTODM_PORTS_DASHBOARD: '29999' };
    for (const tool of openTools) {
      const text = await opened(tool, env);
      assert.match(text, /^(#|--) (No|A) test of ours/m, tool);
      if (tool !== 'superset') assert.match(text, /127\.0\.0\.1:29999/, tool);
    }
  });

  it('names the file with the credential as each language writes it', async () => {
    for (const tool of ['pyiceberg', 'polars', 'jupyter', 'spark']) {
      const literal = /Path\((".*")\)\.read_text\(\)/.exec(await opened(tool))?.[1] ?? '';
      assert.equal(JSON.parse(literal), credential, tool);
    }
    assert.ok((await opened('duckdb')).includes(`read_text('${credential.replaceAll("'", "''")}')`));
    const [prometheus] = parseAllDocuments(await opened('grafana')).map((one) => one.toJS() as unknown);
    assert.deepEqual(prometheus, {
      rule_files: ['examples/prometheus/alerts.yml'],
      scrape_configs: [
        {
          job_name: 'cryptodm',
          scrape_interval: '15s',
          authorization: { credentials_file: credential },
          static_configs: [{ targets: ['127.0.0.1:29080'] }],
        },
      ],
    });
    for (const tool of ['trino', 'dbt']) {
      const word = /"\$\(cat (.*)\)"$/m.exec(await opened(tool))?.[1] ?? '';
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' });
      assert.equal(stdout, credential, tool);
    }
  });

  it('asks for no credential where the server asks for none', async () => {
    for (const tool of openTools) {
      const text = await opened(tool, { CRYPTODM_ACCESS_DASHBOARD: 'open' });
      assert.doesNotMatch(text, /credential|token|secret/i, tool);
    }
    const profile = parse(await opened('dbt', { CRYPTODM_ACCESS_DASHBOARD: 'open' })) as {
      cryptodm: { outputs: { lake: { attach: { options: unknown }[] } } };
    };
    assert.deepEqual(profile.cryptodm.outputs.lake.attach[0]?.options, {
      endpoint: 'http://127.0.0.1:29080/iceberg',
      authorization_type: 'none',
    });
  });

  it('is one object with --json; an unknown tool is a mistake of the user', async () => {
    const ran = await runCommand(['open', 'duckdb', '--json'], { env: { CRYPTODM_PATHS_DATA: data } });
    const { text, ...rest } = JSON.parse(ran.stdout) as { text: string };
    assert.deepEqual(rest, { tool: 'duckdb', language: 'sql', tested: true });
    assert.equal(`${text}\n`, await opened('duckdb'));
    const refused = await runCommand(['open', 'excel']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /excel/);
  });
});
