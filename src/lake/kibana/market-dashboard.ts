import { renderIndexTemplate } from '../mapping.ts';
import { quotedKuery } from '../quoted.ts';
import type { Lake, Table } from '../schema.ts';
import { lensPanels, type QuoteFields } from './panels.ts';
import { panelVersion, renderObjects, savedObject, sortedJson, type SavedObject } from './saved-object.ts';

export const dashboardTitle = 'Crypto Cotação de Mercado';

/** The dashboard of a lake and all that it needs, in the form that Kibana imports: saved objects, a line each. */
export function renderMarketDashboard(lake: Lake): string {
  return renderObjects(marketDashboard(lake));
}

/** What is referred to stands before what refers to it. */
export function marketDashboard(lake: Lake): SavedObject[] {
  const [index] = lake.indexes;
  const table = lake.tables.find(({ name }) => name === index?.table);
  if (index === undefined || table === undefined) throw new Error('the lake has no index to draw');
  const field = fieldsOf(lake, index.name);
  const fields: QuoteFields = {
    ...{ base: field('asset_id'), quote: field('asset_type'), time: field('start_window') },
    ...{ price: field('price_crypto'), volume: field('volume'), source: field('source') },
  };
  const dataView = dataViewOf(lake, index, table, fields.time);
  const panels = lensPanels(lake.name, fields, dataView.id);
  const minutes = minutesOf(lake.name, field, fields, dataView.id, {
    title: 'Last minutes',
    description: 'The newest bars of all coins',
    query: '',
  });
  const quoted = minutesOf(lake.name, field, fields, dataView.id, {
    title: 'Minutes of quotes only',
    description: 'Bars that are made from quotes: nobody traded',
    query: quotedKuery(field('trade_count'), fields.volume),
  });
  const running = minutesOf(lake.name, field, fields, dataView.id, {
    title: 'Incomplete minutes',
    description: 'Bars of minutes that still run, and of those of which trades are missing',
    query: `${field('complete')} : false`,
  });
  const placed = [
    place(panels.lastPrice, { x: 0, y: 0, w: 24, h: 10 }),
    place(panels.change, { x: 24, y: 0, w: 24, h: 10 }),
    place(panels.price, { x: 0, y: 10, w: 48, h: 16 }),
    place(panels.volume, { x: 0, y: 26, w: 48, h: 12 }),
    place(minutes, { x: 0, y: 38, w: 48, h: 18 }),
    place(quoted, { x: 0, y: 56, w: 48, h: 12 }),
    place(panels.sources, { x: 0, y: 68, w: 48, h: 12 }),
    place(running, { x: 0, y: 80, w: 48, h: 12 }),
  ];
  return [dataView, ...placed.map(({ object }) => object), dashboardOf(lake.name, placed)];
}

/** Gives a field back that the index has. */
function fieldsOf(lake: Lake, index: string): (name: string) => string {
  const { properties } = renderIndexTemplate(lake, index, 0).template.mappings;
  return (name) => {
    if (!(name in properties)) throw new Error(`the index ${index} has no field ${name}`);
    return name;
  };
}

/** The index by its name, shown by that of its alias. */
function dataViewOf(lake: Lake, index: Lake['indexes'][number], table: Table, time: string): SavedObject {
  const { properties } = renderIndexTemplate(lake, index.name, 0).template.mappings;
  const numbers = Object.keys(properties).filter((name) => properties[name]?.['type'] === 'double');
  // The cheapest coins need all twelve places.
  const number = { id: 'number', params: { pattern: '0,0.[000000000000]' } };
  const fieldAttrs = Object.fromEntries(
    table.columns.map(({ name, doc }) => [name, { customDescription: doc.slice(0, 300) }]),
  );
  return savedObject(lake.name, 'index-pattern', index.name, {
    attributes: {
      ...{ title: index.name, name: index.alias, timeFieldName: time, allowHidden: false },
      fieldFormatMap: sortedJson(Object.fromEntries(numbers.map((name) => [name, number]))),
      fieldAttrs: sortedJson(fieldAttrs),
      ...{ fields: '[]', sourceFilters: '[]', runtimeFieldMap: '{}', typeMeta: '{}' },
    },
  });
}

interface Search {
  title: string;
  description: string;
  /** in KQL */
  query: string;
}

/** Minutes as a table, the newest first. */
function minutesOf(
  lake: string,
  field: (name: string) => string,
  { base, quote, time }: QuoteFields,
  dataView: string,
  { title, description, query }: Search,
): SavedObject {
  const prices = ['open_price', 'high_price', 'low_price', 'price_crypto', 'volume', 'vwap', 'trade_count', 'source'];
  const name = 'kibanaSavedObjectMeta.searchSourceJSON.index';
  const source = { query: { query, language: 'kuery' }, filter: [], indexRefName: name };
  return savedObject(lake, 'search', title, {
    attributes: {
      ...{ title, description, columns: [base, quote, ...prices.map(field)] },
      ...{ sort: [[time, 'desc']], grid: {}, hideChart: true, isTextBasedQuery: false, timeRestore: false },
      kibanaSavedObjectMeta: { searchSourceJSON: sortedJson(source) },
    },
    references: [{ type: 'index-pattern', id: dataView, name }],
  });
}

interface Area {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Placed {
  object: SavedObject;
  area: Area;
}

/** @param area on a grid of 48 columns */
function place(object: SavedObject, area: Area): Placed {
  return { object, area };
}

function dashboardOf(lake: string, placed: Placed[]): SavedObject {
  const panels = placed.map(({ object: { id, type }, area }) => ({
    ...{ version: panelVersion, type, panelIndex: id, panelRefName: `panel_${id}` },
    ...{ gridData: { ...area, i: id }, embeddableConfig: { enhancements: {} } },
  }));
  const options = { useMargins: true, syncColors: true, syncCursor: true, syncTooltips: false, hidePanelTitles: false };
  return savedObject(lake, 'dashboard', dashboardTitle, {
    attributes: {
      ...{ title: dashboardTitle, description: 'Prices, volumes and changes of the coins of the lake', version: 1 },
      panelsJSON: sortedJson(panels),
      optionsJSON: sortedJson(options),
      kibanaSavedObjectMeta: { searchSourceJSON: sortedJson({ query: { query: '', language: 'kuery' }, filter: [] }) },
      ...{ timeRestore: true, timeFrom: 'now-24h', timeTo: 'now', refreshInterval: { pause: false, value: 10_000 } },
    },
    references: placed.map(({ object: { id, type } }) => ({ type, id, name: `${id}:panel_${id}` })),
  });
}
