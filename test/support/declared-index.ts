import assert from 'node:assert/strict';
import { lookAtSearch } from '../../src/local/status/conditions.ts';
import { deleteIndex } from '../../src/tools/elastic.ts';
import { findIndex, makeIndex, type DeclaredIndex } from '../../src/tools/elastic-index.ts';

const mappings = {
  dynamic: 'strict' as const,
  properties: { price: { type: 'double' }, day: { type: 'date', format: 'strict_date' } },
};
const declared: DeclaredIndex = {
  name: 'declared',
  template: {
    index_patterns: ['declared', 'declared-*'],
    template: { settings: { number_of_shards: 1, number_of_replicas: 0 }, mappings, aliases: { DECLARED: {} } },
  },
};

/** What other hands do to an index is seen and, where that is possible, repaired, on a real node. */
export async function proveIndexRepairs(url: string): Promise<void> {
  const search = { url };
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    assert.ok(response.ok, `${method} ${path}: ${await response.clone().text()}`);
    return response;
  };
  const look = async () => (await lookAtSearch(search, { name: declared.name, mappings })).index;
  const sound = { missing: false, closed: false, differences: [] };
  const isSound = async () => {
    assert.equal(await findIndex(search, declared), 'declared, DECLARED');
    assert.deepEqual(await look(), sound);
  };

  assert.deepEqual(await look(), { ...sound, missing: true });
  assert.equal(await findIndex(search, declared), undefined);
  assert.equal((await makeIndex(search, declared, false)).created, true);
  await isSound();

  await ask('POST', '/declared/_close');
  assert.deepEqual(await look(), { ...sound, closed: true });
  assert.equal(await findIndex(search, declared), undefined);
  assert.equal((await makeIndex(search, declared, false)).created, false);
  await isSound();

  for (const block of ['write', 'read_only', 'read_only_allow_delete']) {
    await ask('PUT', '/declared/_settings', { [`index.blocks.${block}`]: true });
    assert.equal(await findIndex(search, declared), undefined, block);
    await makeIndex(search, declared, false);
    await isSound();
  }

  // Deleted, and made again beside data that is older; no write makes it.
  await ask('DELETE', '/declared');
  const write = await fetch(`${url}/declared/_doc/1`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"price":1}',
  });
  assert.equal(write.status, 404);
  await makeIndex(search, declared, true);
  assert.deepEqual((await look())?.fill, { phase: 'filling', rows: 0, of: 0 });

  // Another one in its place, as after a rebuild, with a mapping that nobody declared.
  await ask('PUT', '/other', { mappings: { properties: { price: { type: 'text' } } } });
  const actions = [{ remove_index: { index: 'declared' } }, { add: { index: 'other', alias: 'declared' } }];
  await ask('POST', '/_aliases', { actions });
  await makeIndex(search, declared, false);
  assert.match(
    (await findIndex(search, declared)) ?? '',
    /price is text instead of double: run "cryptodm index rebuild"/,
  );
  assert.deepEqual((await look())?.differences, ['price is text instead of double']);
  await ask('PUT', '/declared-2', {
    mappings: { _meta: { cryptodm: { fill: { phase: 'filling', rows: 1, of: 2 } } } },
  });
  assert.equal((await look())?.begun?.name, 'declared-2');

  await deleteIndex(search, 'declared');
  assert.deepEqual(await look(), { ...sound, missing: true });
}
