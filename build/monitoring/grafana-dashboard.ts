// A dashboard for Grafana, as its import takes it: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/.

interface Query {
  expression: string;
  /** name of each series, with labels in double braces; our label job is exported_job there, because Prometheus has one of its own */
  legend?: string;
}

interface Panel {
  title: string;
  /** without one: timeseries */
  kind?: 'timeseries' | 'stat' | 'table' | 'bargauge';
  /** of Grafana's names of units */
  unit: string;
  queries: Query[];
  /** of 24 columns; without one: 8 */
  width?: number;
  description?: string;
  /** texts for values */
  texts?: Record<string, string>;
  /** where colors change: green below the first, then these */
  steps?: [number, string][];
}

/** Of the chosen lakes. */
const of = (metric: string, ...matchers: string[]) => `${metric}{${['instance=~"$instance"', ...matchers].join(', ')}}`;
const age = (metric: string, ...matchers: string[]) => `time() - ${of(metric, ...matchers)}`;

const wrong: [number, string][] = [[1, 'red']];
const rows: { title: string; panels: Panel[] }[] = [
  {
    title: 'Is it well?',
    panels: [
      {
        title: 'Lake',
        kind: 'stat',
        unit: 'none',
        width: 4,
        queries: [{ expression: of('cryptodm_lake_state', 'state="up"'), legend: '{{instance}}' }],
        texts: { 1: 'up', 0: 'not up' },
        steps: [],
        description: 'What "cryptodm status" says of the whole.',
      },
      {
        title: 'Alarms',
        kind: 'stat',
        unit: 'none',
        width: 4,
        queries: [{ expression: `sum(${of('cryptodm_alarm_firing')})`, legend: 'firing' }],
        steps: wrong,
      },
      {
        title: 'Problems of now',
        kind: 'table',
        unit: 'none',
        queries: [{ expression: `sum by (problem, part) (${of('cryptodm_problem')})` }],
        description: 'Empty when all is well.',
      },
      {
        title: 'Freshness',
        unit: 's',
        queries: [{ expression: of('cryptodm_job_freshness_seconds'), legend: '{{exported_job}}' }],
        description: 'From production to visibility in the store, of the newest record of the last batch.',
      },
    ],
  },
  {
    title: 'Data',
    panels: [
      {
        title: 'Rows written',
        unit: 'rowsps',
        queries: [
          { expression: `rate(${of('cryptodm_job_rows_total')}[$__rate_interval])`, legend: '{{exported_job}}' },
        ],
      },
      {
        title: 'Records that wait',
        unit: 'short',
        queries: [
          { expression: of('cryptodm_job_lag_records'), legend: '{{exported_job}}' },
          { expression: of('cryptodm_job_lag_commits'), legend: '{{exported_job}} (commits)' },
        ],
      },
      {
        title: 'Malformed and lost records, an hour',
        unit: 'short',
        queries: [
          { expression: `increase(${of('cryptodm_job_bad_records_total')}[1h])`, legend: '{{exported_job}} malformed' },
          { expression: `increase(${of('cryptodm_job_lost_records_total')}[1h])`, legend: '{{exported_job}} lost' },
        ],
      },
      {
        title: 'Records that Kafka has acknowledged',
        unit: 'wps',
        queries: [
          {
            expression: `rate(${of('cryptodm_producer_acknowledged_records_total')}[$__rate_interval])`,
            legend: '{{producer}} from {{source}}',
          },
        ],
      },
      {
        title: 'Troubles of producers',
        unit: 'none',
        queries: [{ expression: of('cryptodm_producer_troubles'), legend: '{{producer}} from {{source}}' }],
      },
      {
        title: 'Age of the newest visible record',
        unit: 's',
        queries: [{ expression: age('cryptodm_job_last_visible_timestamp_seconds'), legend: '{{exported_job}}' }],
      },
    ],
  },
  {
    title: 'Machine',
    panels: [
      {
        title: 'Memory',
        unit: 'bytes',
        queries: [
          { expression: of('cryptodm_part_memory_bytes'), legend: '{{part}}' },
          { expression: of('cryptodm_resident_memory_bytes'), legend: 'supervisor' },
        ],
      },
      {
        title: 'Free disk',
        unit: 'bytes',
        queries: [{ expression: of('cryptodm_disk_free_bytes'), legend: '{{instance}}' }],
      },
      {
        title: 'Starts after a death, an hour',
        unit: 'none',
        queries: [{ expression: `increase(${of('cryptodm_part_restarts_total')}[1h])`, legend: '{{part}}' }],
      },
      {
        title: 'Length of batches',
        unit: 's',
        queries: [{ expression: of('cryptodm_job_last_batch_duration_seconds'), legend: '{{exported_job}}' }],
      },
      {
        title: 'Size of topics',
        unit: 'bytes',
        queries: [{ expression: of('cryptodm_topic_size_bytes'), legend: '{{topic}}' }],
      },
      {
        title: 'Time to the next run',
        kind: 'bargauge',
        unit: 's',
        queries: [
          {
            expression: `${of('cryptodm_schedule_next_run_timestamp_seconds')} - time()`,
            legend: '{{schedule}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Tables',
    panels: [
      {
        title: 'Rows',
        unit: 'short',
        queries: [{ expression: of('cryptodm_table_rows'), legend: '{{table}}' }],
      },
      {
        title: 'Size',
        unit: 'bytes',
        queries: [{ expression: of('cryptodm_table_size_bytes'), legend: '{{table}}' }],
      },
      {
        title: 'Files',
        unit: 'short',
        queries: [
          { expression: of('cryptodm_table_data_files'), legend: '{{table}}' },
          { expression: of('cryptodm_table_delete_files'), legend: '{{table}} (deletes)' },
        ],
      },
      {
        title: 'Documents of the search index',
        kind: 'stat',
        unit: 'short',
        queries: [{ expression: of('cryptodm_index_documents'), legend: '{{instance}}' }],
      },
      {
        title: 'Commits of other engines',
        kind: 'stat',
        unit: 'none',
        queries: [{ expression: `sum(${of('cryptodm_table_foreign_commits')})`, legend: 'not dealt with' }],
        steps: wrong,
      },
      {
        title: 'Version',
        kind: 'table',
        unit: 'none',
        queries: [{ expression: `sum by (instance, version, commit) (${of('cryptodm_build_info')})` }],
      },
    ],
  },
];

const source = { type: 'prometheus', uid: '${datasource}' };
const rowHeight = 1;
const panelHeight = 7;
const columns = 24;

/** The dashboard as JSON. It asks for its data source, so that it fits any Grafana. */
export function grafanaDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({
      ...head(panels.length, title, 'row', { x: 0, y, w: columns, h: rowHeight }),
      collapsed: false,
      panels: [],
    });
    y += rowHeight;
    let x = 0;
    for (const panel of inRow) {
      const { width = 8 } = panel;
      if (x + width > columns) {
        x = 0;
        y += panelHeight;
      }
      panels.push(rendered(panels.length, panel, { x, y, w: width, h: panelHeight }));
      x += width;
    }
    y += panelHeight;
  }
  return `${JSON.stringify(
    {
      uid: 'cryptodm-lake',
      title: 'cryptodm: a lake on one machine',
      tags: ['cryptodm'],
      schemaVersion: 39,
      editable: true,
      refresh: '10s',
      time: { from: 'now-1h', to: 'now' },
      timezone: 'utc',
      templating: { list: [chooseSource, chooseInstance] },
      panels,
    },
    null,
    2,
  )}\n`;
}

const chooseSource = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' };
const chooseInstance = {
  name: 'instance',
  label: 'Lake',
  type: 'query',
  datasource: source,
  query: { query: 'label_values(cryptodm_build_info, instance)', refId: 'instances' },
  definition: 'label_values(cryptodm_build_info, instance)',
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
};

type Place = Record<'x' | 'y' | 'w' | 'h', number>;

function head(before: number, title: string, type: string, gridPos: Place) {
  return { id: before + 1, title, type, gridPos };
}

function rendered(before: number, panel: Panel, place: Place): object {
  const { title, kind = 'timeseries', unit, queries, description, texts, steps } = panel;
  const table = kind === 'table';
  return {
    ...head(before, title, kind, place),
    ...(description === undefined ? {} : { description }),
    datasource: source,
    targets: queries.map(({ expression, legend }, at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource: source,
      expr: expression,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(table ? { format: 'table', instant: true } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(texts === undefined
          ? {}
          : {
              mappings: Object.entries(texts).map(([value, text]) => ({
                type: 'value',
                options: { [value]: { text, color: value === '0' ? 'red' : 'green' } },
              })),
            }),
        ...(steps === undefined
          ? {}
          : {
              thresholds: {
                mode: 'absolute',
                steps: [{ color: 'green', value: null }, ...steps.map(([value, color]) => ({ value, color }))],
              },
            }),
      },
      overrides: [],
    },
    ...(table
      ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true, Value: true } } }] }
      : {}),
  };
}
