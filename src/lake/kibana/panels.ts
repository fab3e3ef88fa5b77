import { byPair, byTime, byValue, changeSince, countOf, lastValue, sumOf, type LensColumns } from './columns.ts';
import { savedObject, type SavedObject } from './saved-object.ts';

/** Fields of the index by what they mean. */
export interface QuoteFields {
  base: string;
  quote: string;
  time: string;
  price: string;
  volume: string;
  source: string;
}

/** More pairs than that nobody tells apart on one panel; a filter of the dashboard chooses others. */
const mostPairs = 25;
const mostSources = 10;

const layer = 'quotes';

const everything = { query: { query: '', language: 'kuery' }, filters: [] };

interface Chart {
  title: string;
  description: string;
  visualizationType: 'lnsXY' | 'lnsMetric' | 'lnsDatatable';
  columns: LensColumns;
  visualization: Record<string, unknown>;
}

/** The panels of Lens, each on its own. @param dataView id of the data view that they all look at */
export function lensPanels(lake: string, fields: QuoteFields, dataView: string): Record<PanelName, SavedObject> {
  const panel = (chart: Chart) => lensPanel(lake, chart, dataView);
  return {
    lastPrice: panel(lastPriceOf(fields)),
    change: panel(changeOf(fields)),
    price: panel(priceOf(fields)),
    volume: panel(volumeOf(fields)),
    sources: panel(sourcesOf(fields)),
  };
}

export type PanelName = 'lastPrice' | 'change' | 'price' | 'volume' | 'sources';

function pairsOf({ base, quote }: QuoteFields) {
  return byPair('Coin', base, quote, mostPairs);
}

function lastPriceOf(fields: QuoteFields): Chart {
  return {
    title: 'Last price',
    description: 'Close of the newest minute of each coin',
    visualizationType: 'lnsMetric',
    columns: { pair: pairsOf(fields), price: lastValue('Last price', fields.price, fields.time) },
    visualization: { metricAccessor: 'price', breakdownByAccessor: 'pair', maxCols: 5 },
  };
}

function changeOf(fields: QuoteFields): Chart {
  const shown = ['pair', 'price', 'hour', 'day', 'volume'];
  return {
    title: 'Change',
    description: 'Last price, and its change over an hour and a day',
    visualizationType: 'lnsDatatable',
    columns: {
      pair: pairsOf(fields),
      price: lastValue('Last price', fields.price, fields.time),
      ...changeSince('hour', 'Change 1 h', fields.price, fields.time, '1h'),
      ...changeSince('day', 'Change 24 h', fields.price, fields.time, '1d'),
      volume: sumOf('Volume', fields.volume),
    },
    visualization: { columns: shown.map((columnId) => ({ columnId, isTransposed: false })) },
  };
}

function priceOf(fields: QuoteFields): Chart {
  return {
    title: 'Price per coin',
    description: 'Close of each coin over time; the scale is logarithmic, so that equal changes look equal',
    visualizationType: 'lnsXY',
    columns: {
      pair: pairsOf(fields),
      time: byTime('Time', fields.time),
      price: lastValue('Price', fields.price, fields.time),
    },
    // A minute without a trade has no bar: the line goes on to the next.
    visualization: { ...xyOf('line', 'pair', 'price'), fittingFunction: 'Linear', yLeftScale: 'log' },
  };
}

function volumeOf(fields: QuoteFields): Chart {
  return {
    title: 'Volume',
    description: 'Quantity traded, in units of the coin',
    visualizationType: 'lnsXY',
    columns: {
      pair: pairsOf(fields),
      time: byTime('Time', fields.time),
      volume: sumOf('Volume', fields.volume),
    },
    // Side by side: quantities of different coins add up to nothing.
    visualization: xyOf('bar', 'pair', 'volume'),
  };
}

function sourcesOf(fields: QuoteFields): Chart {
  return {
    title: 'Bars by source',
    description:
      'How many minutes of all coins came from each source, such as an exchange, its candles, or a simulation',
    visualizationType: 'lnsXY',
    columns: {
      source: byValue('Source', fields.source, mostSources, 'bars'),
      time: byTime('Time', fields.time),
      bars: countOf('Bars'),
    },
    visualization: xyOf('bar_stacked', 'source', 'bars'),
  };
}

function xyOf(seriesType: 'line' | 'bar' | 'bar_stacked', splitAccessor: string, accessor: string) {
  return {
    legend: { isVisible: true, position: 'right' },
    ...{ valueLabels: 'hide', preferredSeriesType: seriesType },
    layers: [
      {
        ...{ layerId: layer, layerType: 'data', seriesType, position: 'top', showGridlines: false },
        ...{ xAccessor: 'time', splitAccessor, accessors: [accessor] },
      },
    ],
  };
}

function lensPanel(lake: string, chart: Chart, dataView: string): SavedObject {
  const { title, description, visualizationType, columns } = chart;
  const layers = { [layer]: { columns, columnOrder: Object.keys(columns), incompleteColumns: {}, sampling: 1 } };
  const own = visualizationType === 'lnsXY' ? {} : { layerId: layer, layerType: 'data' };
  return savedObject(lake, 'lens', title, {
    attributes: {
      ...{ title, description, visualizationType },
      state: {
        ...everything,
        datasourceStates: { formBased: { layers }, textBased: { layers: {} } },
        visualization: { ...own, ...chart.visualization },
        ...{ internalReferences: [], adHocDataViews: {} },
      },
    },
    references: [{ type: 'index-pattern', id: dataView, name: `indexpattern-datasource-layer-${layer}` }],
  });
}
