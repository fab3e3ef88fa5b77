import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  isPythonReader,
  pythonRecipe,
  textLiteral,
  renderSnippet,
  sparkLines,
  sparkVersions,
  type OpenTool,
  type Recipe,
  type Snippet,
} from '../lake/snippet.ts';
import { shellWord } from '../tools/shell-word.ts';
import { literal } from '../tools/sql/literal.ts';
import { packageFolder } from '../toolchain/preparation.ts';
import type { Caller } from '../work.ts';
import type { LocalLake } from './lake.ts';

/** Where tools find the lake. */
interface Place {
  /** `http://127.0.0.1:PORT` of the dashboard's server */
  server: string;
  /** address of the Iceberg catalog */
  catalog: string;
  /** path of the file with the token; undefined where none is asked for */
  credential: string | undefined;
  /** folder of what this package has for tools */
  examples: string;
}

const table = 'crypto_db.crypto_quote';

/** The environment variable from which tools take the token that can't read it from the file. */
const variable = 'LAKE_TOKEN';

/** What opens a lake on this machine with a tool. The token stays in its file, or comes from the environment. */
export function localSnippet(
  { settings, layout, dashboard }: LocalLake,
  { entry }: Pick<Caller, 'entry'>,
  tool: OpenTool,
): Snippet {
  const credential = settings.access.dashboard === 'open' ? undefined : layout.credential;
  const examples = join(packageFolder(entry), 'examples');
  const place = { server: dashboard, catalog: `${dashboard}/iceberg`, credential, examples };
  return renderSnippet(tool, recipeOf(tool, place));
}

function recipeOf(tool: OpenTool, place: Place): Recipe {
  if (!isPythonReader(tool)) return recipes[tool](place);
  return { ...pythonRecipe(tool, restSettings(place), table), tested: 'A test of ours runs this.' };
}

/** How Iceberg's clients reach the catalog, by their names of the settings; values are expressions of Python. */
function restSettings({ catalog, credential }: Place): Record<string, string> {
  return {
    type: '"rest"',
    uri: textLiteral(catalog),
    ...(credential === undefined ? {} : { token: `Path(${textLiteral(credential)}).read_text()` }),
  };
}

const recipes = {
  duckdb: ({ catalog, credential }) => ({
    language: 'sql',
    notes: ['DuckDB 1.5; in Python: duckdb.sql(...), after pip install duckdb pytz'],
    tested: 'A test of ours runs this.',
    lines: [
      'INSTALL iceberg; INSTALL httpfs;',
      'LOAD iceberg; LOAD httpfs;',
      ...(credential === undefined
        ? [`ATTACH IF NOT EXISTS '' AS lake (TYPE iceberg, ENDPOINT ${literal(catalog)}, AUTHORIZATION_TYPE 'none');`]
        : [
            `SET VARIABLE token = (SELECT content FROM read_text(${literal(credential)}));`,
            "CREATE OR REPLACE SECRET lake (TYPE iceberg, TOKEN getvariable('token'));",
            `ATTACH IF NOT EXISTS '' AS lake (TYPE iceberg, ENDPOINT ${literal(catalog)}, SECRET lake);`,
          ]),
      `SELECT asset_id, count(*), max(start_window) FROM lake.${table} GROUP BY ALL;`,
    ],
  }),

  spark: (place) => ({
    language: 'python',
    notes: [`pip install pyspark==${sparkVersions.spark}; the first start downloads Iceberg.`],
    tested: 'A test of ours runs these settings and this statement with Spark, without PySpark.',
    lines: sparkLines(restSettings(place), table),
  }),

  trino: ({ catalog, credential }) => ({
    language: 'properties',
    notes: [
      'etc/catalog/lake.properties of Trino; the view needs this name of the catalog.',
      ...serviceNotes('Trino'),
      ...(credential === undefined ? [] : [`Start it with the token: ${exported(credential)}`]),
    ],
    tested: 'A test of ours runs this, with Trino 476.',
    lines: [
      'connector.name=iceberg',
      'iceberg.catalog.type=rest',
      `iceberg.rest-catalog.uri=${catalog}`,
      ...(credential === undefined
        ? []
        : ['iceberg.rest-catalog.security=OAUTH2', `iceberg.rest-catalog.oauth2.token=\${ENV:${variable}}`]),
      'fs.native-local.enabled=true',
      'local.location=/',
    ],
  }),

  dbt: ({ catalog, credential }) => ({
    language: 'yaml',
    notes: [
      '~/.dbt/profiles.yml; pip install dbt-duckdb duckdb==1.5.5 pytz',
      'Models are made in analytics.duckdb; sources are read from the lake, as lake.crypto_db.crypto_quote.',
      ...(credential === undefined ? [] : [`Before "dbt run": ${exported(credential)}`]),
    ],
    tested: 'A test of ours runs this.',
    lines: [
      'cryptodm:',
      '  target: lake',
      '  outputs:',
      '    lake:',
      '      type: duckdb',
      '      path: analytics.duckdb',
      '      extensions: [iceberg, httpfs]',
      ...(credential === undefined
        ? []
        : [
            '      secrets:',
            '        - type: iceberg',
            '          name: lake',
            `          token: "{{ env_var('${variable}') }}"`,
          ]),
      '      attach:',
      '        - path: ""',
      '          alias: lake',
      '          type: iceberg',
      '          options:',
      `            endpoint: ${textLiteral(catalog)}`,
      credential === undefined ? '            authorization_type: none' : '            secret: lake',
    ],
  }),

  grafana: ({ server, credential, examples }) => ({
    language: 'yaml',
    notes: [
      'The figures of the lake, through Prometheus. For the tables, Grafana needs Trino: see "cryptodm open trino".',
      'In prometheus.yml:',
      ...serviceNotes('Prometheus'),
    ],
    tested: 'A test of ours runs Prometheus with this and asks it all that the dashboard asks; no Grafana runs in it.',
    lines: [
      `rule_files: [${textLiteral(join(examples, 'prometheus', 'alerts.yml'))}]`,
      'scrape_configs:',
      '  - job_name: cryptodm',
      '    scrape_interval: 15s  # an alarm lasts for 30 s at least',
      ...(credential === undefined ? [] : ['    authorization:', `      credentials_file: ${textLiteral(credential)}`]),
      '    static_configs:',
      `      - targets: [${textLiteral(new URL(server).host)}]`,
      '---',
      '# In provisioning/datasources/cryptodm.yaml of Grafana, a file of its own:',
      'apiVersion: 1',
      'datasources:',
      '  - name: cryptodm',
      '    type: prometheus',
      '    url: http://127.0.0.1:9090',
      '---',
      '# In provisioning/dashboards/cryptodm.yaml of Grafana. Or import the file by hand: Dashboards, New, Import.',
      'apiVersion: 1',
      'providers:',
      '  - name: cryptodm',
      '    type: file',
      '    options:',
      `      path: ${textLiteral(join(examples, 'grafana', 'lake.json'))}`,
    ],
  }),

  superset: () => ({
    language: 'text',
    notes: [
      'The SQLAlchemy URI of the database; pip install trino',
      'Superset reads the lake through Trino: see "cryptodm open trino".',
    ],
    lines: ['trino://superset@127.0.0.1:8080/lake/crypto_db'],
  }),
} satisfies Record<string, (place: Place) => Recipe>;

function exported(credential: string): string {
  return `export ${variable}="$(cat ${shellWord(credential)})"`;
}

/** The folder of a lake is closed to others. */
function serviceNotes(service: string): string[] {
  return [`${service} must run as ${userInfo().username}: the lake's folder is closed to other users (mode 0700).`];
}
