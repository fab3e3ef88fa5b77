/** Tools for which there is a text that opens the lake. */
export const openTools = [
  'pyiceberg',
  'polars',
  'duckdb',
  'spark',
  'trino',
  'dbt',
  'jupyter',
  'grafana',
  'superset',
] as const;
export type OpenTool = (typeof openTools)[number];

/** What a user pastes to read the lake with a tool. It holds no secret. */
export interface Snippet {
  tool: OpenTool;
  language: 'python' | 'sql' | 'yaml' | 'properties' | 'text';
  text: string;
  /** whether a test of ours runs it */
  tested: boolean;
}

/** A snippet before its comments are written. */
export interface Recipe {
  language: Snippet['language'];
  /** comments above it: what it needs, and where it goes */
  notes: readonly string[];
  /** what a test runs of it; undefined: nothing */
  tested?: string;
  lines: readonly string[];
}

export function renderSnippet(tool: OpenTool, { language, notes, tested, lines }: Recipe): Snippet {
  const comment = language === 'sql' ? '--' : '#';
  const proof = tested ?? 'No test of ours runs this.';
  const head = [...notes, proof].map((note) => `${comment} ${note}`);
  return { tool, language, text: [...head, ...lines].join('\n'), tested: tested !== undefined };
}

/** A text as a literal of Python, YAML and JSON. */
export function textLiteral(text: string): string {
  return JSON.stringify(text);
}

/** The versions of the line of Spark that the lake itself runs on; `jars/pom.xml` has them. */
export const sparkVersions = { spark: '3.5.7', scala: '2.12', iceberg: '1.12.0' } as const;

const sparkExtensions = 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions';

/** PySpark that opens a catalog. @param settings of the catalog `lake`, as expressions of Python @param packages of Iceberg beside its runtime for Spark */
export function sparkLines(
  settings: Readonly<Record<string, string>>,
  table: string,
  packages: readonly string[] = [],
): string[] {
  const { spark, scala, iceberg } = sparkVersions;
  const runtime = `iceberg-spark-runtime-${spark.split('.').slice(0, 2).join('.')}_${scala}`;
  const jars = [runtime, ...packages].map((name) => `org.apache.iceberg:${name}:${iceberg}`).join(',');
  return [
    ...pathImport(settings),
    'from pyspark.sql import SparkSession',
    '',
    'start = {',
    `    "spark.jars.packages": ${textLiteral(jars)},`,
    `    "spark.sql.extensions": ${textLiteral(sparkExtensions)},  # for views`,
    '}',
    'spark = SparkSession.builder.config(map=start).getOrCreate()',
    'lake = {',
    '    "": "org.apache.iceberg.spark.SparkCatalog",',
    ...Object.entries(settings).map(([name, value]) => `    ${textLiteral(`.${name}`)}: ${value},`),
    '}',
    'for name, value in lake.items():  # after the start, so that no command line shows them',
    '    spark.conf.set("spark.sql.catalog.lake" + name, value)',
    '',
    `spark.sql(${textLiteral(`select asset_id, count(*), max(start_window) from lake.${table} group by asset_id`)}).show()`,
  ];
}

function pathImport(values: Readonly<Record<string, string>>): string[] {
  return Object.values(values).some((value) => value.startsWith('Path(')) ? ['from pathlib import Path'] : [];
}

/** What Python does with the PyIceberg table `quotes`. */
export const pythonReaders = {
  pyiceberg: {
    packages: ['pyiceberg[pyarrow]'],
    imports: [],
    lines: [
      'columns = ("asset_id", "start_window", "price_crypto", "source")',
      'print(quotes.scan(selected_fields=columns, limit=5).to_arrow().to_pylist())',
    ],
  },
  polars: {
    packages: ['pyiceberg[pyarrow]', 'polars'],
    imports: ['import polars'],
    lines: [
      'bars = polars.scan_iceberg(quotes).group_by("asset_id").agg(polars.len(), polars.col("start_window").max())',
      'print(bars.collect())',
    ],
  },
  jupyter: {
    packages: ['pyiceberg[pyarrow]', 'polars'],
    imports: ['import polars'],
    lines: ['bars = polars.scan_iceberg(quotes).sort("start_window", descending=True).head(100).collect()', 'bars'],
  },
} as const;
export type PythonReader = keyof typeof pythonReaders;

export function isPythonReader(tool: OpenTool): tool is PythonReader {
  return Object.hasOwn(pythonReaders, tool);
}

/** Python that reads quotes. @param options of PyIceberg's catalog, as expressions of Python @param more packages that these need */
export function pythonRecipe(
  tool: PythonReader,
  options: Readonly<Record<string, string>>,
  table: string,
  more: readonly string[] = [],
): Recipe {
  const { packages, imports, lines } = pythonReaders[tool];
  const install = `pip install ${[...packages, ...more].map((name) => (name.includes('[') ? `'${name}'` : name)).join(' ')}`;
  return {
    language: 'python',
    notes: [tool === 'jupyter' ? `A cell of a notebook, after a cell "%${install}".` : install],
    lines: [
      ...pathImport(options),
      ...imports,
      'from pyiceberg.catalog import load_catalog',
      '',
      'catalog = load_catalog("lake", **{',
      ...Object.entries(options).map(([name, value]) => `    ${textLiteral(name)}: ${value},`),
      '})',
      `quotes = catalog.load_table(${textLiteral(table)})`,
      ...lines,
    ],
  };
}
