import assert from 'node:assert/strict';
import { searchFile } from '../../../build/words/search.ts';

const words = (text: string, path = 'a.ts') =>
  searchFile(path, text).map(({ line, word }) => `${String(line)} ${word}`);

describe('words that are not used here', () => {
  it('are found in prose, with their line, in any case', () => {
    assert.deepEqual(words('Whoever reads it,\nwrites it anew.'), ['1 Whoever', '2 anew']);
    assert.deepEqual(words('It is told so; the FILE THAT STANDS'), ['1 is told', '1 THAT STANDS']);
  });

  it('are found in identifiers and in names of files', () => {
    assert.deepEqual(words('const localKit = KIT_AGE + kitOf(x);'), ['1 Kit', '1 KIT', '1 kit']);
    assert.deepEqual(words('', 'src/local/alarm-guest.ts'), ['0 guest']);
  });

  it('are not found in other words', () => {
    assert.deepEqual(words('a kitchen, a heartbeat, an arithmetic mean, what stands for a name'), []);
  });

  it('stay in names that are contracts', () => {
    assert.deepEqual(
      words('warehouse/upkeep.json, cryptodm.upkeep.until, cryptodm_upkeep_last_success, UpkeepAge'),
      [],
    );
    assert.deepEqual(words("({ resident }) => resident?.memoryBytes; { id: 'resident', upkeep: undefined }"), []);
    assert.deepEqual(words('the upkeep of the tables'), ['1 upkeep']);
  });
});
