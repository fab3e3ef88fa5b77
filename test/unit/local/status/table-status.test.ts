import assert from 'node:assert/strict';
import { join } from 'node:path';
import { tablesOf } from '../../../../src/local/status/table-status.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';

describe('the tables in a status', () => {
  const folder = temporaryFolder();

  it('are none before the first is created', async () => {
    const none = { tables: [], unreadable: [], foreign: [], catalogFault: undefined };
    assert.deepEqual(await tablesOf(join(folder.path, 'catalog.db')), none);
    writeFiles(folder.path, { 'empty/catalog.db': '' });
    assert.deepEqual(await tablesOf(join(folder.path, 'empty', 'catalog.db')), none);
  });

  it('can’t be read without their catalog, or with a broken one', async () => {
    writeFiles(folder.path, {
      'gone/crypto_db/crypto_quote/metadata/1.metadata.json': '{}',
      'broken/catalog.db': 'this is no database, but long enough to be read as one'.repeat(100),
      'emptied/catalog.db': '',
      'emptied/crypto_db/crypto_quote/metadata/1.metadata.json': '{}',
    });
    const fault = async (name: string) => (await tablesOf(join(folder.path, name, 'catalog.db'))).catalogFault;
    assert.match((await fault('gone')) ?? '', /catalog\.db is gone$/);
    assert.match((await fault('broken')) ?? '', /not a database/);
    assert.match((await fault('emptied')) ?? '', /catalog holds no tables/);
  });
});
