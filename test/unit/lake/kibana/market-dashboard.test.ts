import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  dashboardTitle,
  marketDashboard,
  renderMarketDashboard,
} from '../../../../src/lake/kibana/market-dashboard.ts';
import { documents } from '../../../../src/lake/kibana/columns.ts';
import type { SavedObject } from '../../../../src/lake/kibana/saved-object.ts';
import { declareLake } from '../../../../src/lake/declaration.ts';
import { renderIndexTemplate } from '../../../../src/lake/mapping.ts';

const lake = declareLake(['BTC/USD', 'LTC/USD']);
const file = readFileSync('templates/kibana/crypto-cotacao-de-mercado.ndjson', 'utf8');
/** as somebody reads it who has the file alone */
const objects = file
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as SavedObject);
const { properties } = renderIndexTemplate(lake, 'crypto_quote', 0).template.mappings;
const key = ({ type, id }: { type: string; id: string }) => `${type}:${id}`;
const of = (type: string) => objects.filter((object) => object.type === type);
const text = (value: unknown) => JSON.parse(String(value)) as unknown;

/** Values of a key, however deep. */
function valuesOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(key === name ? [inner] : []), ...valuesOf(inner, name)]);
}

interface Layer {
  columns: Record<string, { operationType: string; isBucketed: boolean; references?: string[] }>;
  columnOrder: string[];
}

const layersOf = (object: SavedObject) =>
  Object.entries(
    (object.attributes['state'] as { datasourceStates: { formBased: { layers: Record<string, Layer> } } })
      .datasourceStates.formBased.layers,
  );

describe('the dashboard for Kibana', () => {
  it('is what the declaration says: "npm run kibana" writes it', () => {
    assert.equal(file, renderMarketDashboard(lake));
    // Coins are values of a field: the file is that of each lake.
    assert.equal(file, renderMarketDashboard(declareLake(['ETH/EUR'])));
  });

  it('is called as agreed and looks at the index by the name of its alias', () => {
    const [dashboard] = of('dashboard');
    assert.equal(dashboard?.attributes['title'], 'Crypto Cotação de Mercado');
    assert.equal(dashboardTitle, 'Crypto Cotação de Mercado');
    const [view, ...others] = of('index-pattern');
    assert.deepEqual(others, []);
    assert.deepEqual([view?.attributes['title'], view?.attributes['name']], ['crypto_quote', 'CRYPTO_QUOTE']);
  });

  it('has every field in the mapping of the index, of a type that fits', () => {
    const [view] = of('index-pattern');
    assert.ok(view);
    const time = String(view.attributes['timeFieldName']);
    assert.equal(properties[time]?.['type'], 'date');
    const fields = Object.keys(properties);
    for (const name of ['fieldFormatMap', 'fieldAttrs']) {
      for (const field of Object.keys(text(view.attributes[name]) as object)) assert.ok(fields.includes(field), field);
    }
    const [search] = of('search');
    assert.ok(search);
    const sorted = (search.attributes['sort'] as [string, string][]).map(([field]) => field);
    const asked = [...(search.attributes['columns'] as string[]), ...sorted];
    for (const lens of of('lens')) {
      const [sources, times, more] = ['sourceField', 'sortField', 'secondaryFields'].map((name) =>
        valuesOf(lens, name),
      );
      asked.push(...([sources, times, more].flat(2) as string[]));
      for (const field of times ?? []) assert.equal(field, time);
      for (const query of valuesOf(lens, 'query').filter((one) => typeof one === 'string' && one !== '')) {
        asked.push(String(query).split(':')[0] ?? '');
      }
      for (const formula of valuesOf(lens, 'formula')) {
        asked.push(...[...String(formula).matchAll(/last_value\((\w+)/g)].map(([, field]) => field ?? ''));
      }
    }
    assert.ok(asked.length > 20);
    for (const field of asked) assert.ok(fields.includes(field) || field === documents, field);
  });

  it('refers only to its own objects, by names that are used', () => {
    assert.equal(new Set(objects.map(key)).size, objects.length);
    assert.equal(new Set(objects.map(({ id }) => id)).size, objects.length);
    const there = new Set(objects.map(key));
    for (const object of objects) {
      assert.equal(new Set(object.references.map(({ name }) => name)).size, object.references.length);
      for (const reference of object.references) assert.ok(there.has(key(reference)), JSON.stringify(reference));
    }
    for (const lens of of('lens')) {
      const names = layersOf(lens).map(([id]) => `indexpattern-datasource-layer-${id}`);
      assert.deepEqual(
        lens.references.map(({ name }) => name),
        names,
      );
    }
    const [search] = of('search');
    const { searchSourceJSON } = search?.attributes['kibanaSavedObjectMeta'] as { searchSourceJSON: string };
    assert.deepEqual(
      search?.references.map(({ name }) => name),
      [(text(searchSourceJSON) as { indexRefName: string }).indexRefName],
    );
    const [dashboard] = of('dashboard');
    const panels = text(dashboard?.attributes['panelsJSON']) as {
      panelIndex: string;
      panelRefName: string;
      type: string;
    }[];
    assert.deepEqual(
      dashboard?.references.map(({ name, type }) => [name, type]),
      panels.map(({ panelIndex, panelRefName, type }) => [`${panelIndex}:${panelRefName}`, type]),
    );
    // Whatever can be shown is.
    assert.deepEqual(dashboard?.references.map(key).sort(), [...of('lens'), ...of('search')].map(key).sort());
  });

  it('shows price, last price, volume, change, sources, the last minutes, those of quotes only and those that run', () => {
    const titles = [...of('lens'), ...of('search')].map(({ attributes }) => attributes['title']);
    assert.deepEqual(titles, [
      'Last price',
      'Change',
      'Price per coin',
      'Volume',
      'Bars by source',
      'Last minutes',
      'Minutes of quotes only',
      'Incomplete minutes',
    ]);
  });

  it('has panels of Lens whose columns fit together', () => {
    for (const lens of of('lens')) {
      for (const [id, { columns, columnOrder }] of layersOf(lens)) {
        assert.deepEqual([...columnOrder].sort(), Object.keys(columns).sort());
        // Lens groups by what comes first.
        const buckets = columnOrder.map((name) => columns[name]?.isBucketed);
        assert.deepEqual(
          buckets,
          [...buckets].sort((one, other) => Number(other) - Number(one)),
        );
        for (const { references = [] } of Object.values(columns)) {
          for (const reference of references) assert.ok(reference in columns, reference);
        }
        const { visualization } = lens.attributes['state'] as { visualization: unknown };
        const named = ['metricAccessor', 'breakdownByAccessor', 'columnId', 'xAccessor', 'splitAccessor', 'accessors'];
        const shown = named.flatMap((name) => valuesOf(visualization, name)).flat();
        assert.ok(shown.length >= 2);
        for (const column of shown) assert.ok(String(column) in columns, String(column));
        assert.deepEqual([...new Set(valuesOf(visualization, 'layerId'))], [id]);
      }
    }
  });

  it('has panels that lie beside each other', () => {
    const panels = text(of('dashboard')[0]?.attributes['panelsJSON']) as {
      gridData: { x: number; y: number; w: number; h: number };
    }[];
    const cells = panels.flatMap(({ gridData: { x, y, w, h } }) => {
      assert.ok(x + w <= 48);
      return Array.from({ length: w * h }, (_, at) => `${String(x + (at % w))} ${String(y + Math.floor(at / w))}`);
    });
    assert.equal(new Set(cells).size, cells.length);
  });

  it('is refused for an index that lacks what it draws', () => {
    const tables = lake.tables.map((table) => ({
      ...table,
      columns: table.columns.filter(({ name }) => name !== 'vwap'),
    }));
    assert.throws(() => marketDashboard({ ...lake, tables }), /the index crypto_quote has no field vwap/);
  });
});
