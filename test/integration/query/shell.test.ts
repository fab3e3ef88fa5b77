import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareExtensions } from './extensions.ts';
import { placeLake, type PlacedLake } from './place-lake.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';
import { Terminal } from '../../support/terminal.ts';

await prepareExtensions();

/** A query that takes days and little memory. */
const endless =
  'select count(*) from range(100000) a, range(100000) b, range(100000) c where a.range + b.range + c.range = -1;';
const ctrl = { c: '\u0003', d: '\u0004', up: '\u001b[A' };
const ready = /lake> /;

describe('the shell on a terminal', () => {
  const folder = temporaryFolder();
  let lake: PlacedLake;
  let terminal: Terminal;
  before(() => (lake = placeLake()));
  after(() => lake.remove());
  afterEach(() => terminal.close());

  const start = (args: string[], more: NodeJS.ProcessEnv = {}) => {
    const env = { ...lake.env, XDG_STATE_HOME: folder.path, TERM: 'xterm', CI: '', PAGER: 'cat', ...more };
    terminal = new Terminal(['./cryptodm', ...args], { env, rows: 24, columns: 100 });
    return terminal;
  };
  const historyFile = () => join(folder.path, 'cryptodm', 'shell-history');

  it('answers statements of several lines, goes on after errors, and remembers them', async () => {
    start(['shell']);
    await terminal.sees(ready);
    terminal.type('select asset_id, -- which\r');
    await terminal.sees(/ {3}-> /);
    terminal.type("price_crypto from crypto_quote where asset_id = 'MIN';\r");
    await terminal.sees(/MIN +0\.000000000001\s+\(1 row\)/);
    await terminal.sees(ready);
    terminal.type('selct 1;\r');
    await terminal.sees(/syntax error at or near "selct"/);
    await terminal.sees(ready);
    terminal.type(`${ctrl.up}${ctrl.up}\r`);
    await terminal.sees(/select asset_id, price_crypto from crypto_quote where asset_id = 'MIN';/);
    await terminal.sees(/MIN +0\.000000000001/);
    await terminal.sees(ready);
    terminal.type(ctrl.d);
    assert.equal(await terminal.exit(), 0);
    const expected = ["select asset_id, price_crypto from crypto_quote where asset_id = 'MIN';", 'selct 1;'];
    assert.deepEqual(readFileSync(historyFile(), 'utf8').trim().split('\n').slice(0, 2), expected);
    assert.equal(statSync(historyFile()).mode & 0o777, 0o600);
    start(['shell']);
    await terminal.sees(ready);
    terminal.type(ctrl.up);
    await terminal.sees(/select asset_id, price_crypto/);
  });

  it('completes, describes, takes the time, repeats, and leaves', async () => {
    start(['shell']);
    await terminal.sees(ready);
    terminal.type('\\d\r');
    await terminal.sees(/crypto_db\.crypto_trader_view/);
    await terminal.sees(ready);
    terminal.type('\\d crypto_assets\r');
    await terminal.sees(/load_date +\w+/);
    await terminal.sees(ready);
    terminal.type('select count(*) as n from crypto_tr\t');
    await terminal.sees(/from crypto_trader/);
    terminal.type(';\r');
    await terminal.sees(/6\s+\(1 row\)/);
    terminal.type('\\timing\r');
    await terminal.sees(/Timing is on/);
    terminal.type('\\watch 0.1\r');
    for (let times = 0; times < 3; times += 1) await terminal.sees(/every 0\.1 s[\s\S]*?6\s+\(1 row in \d+\.\d\d s\)/);
    terminal.type(ctrl.c);
    await terminal.sees(/cancelled/);
    await terminal.sees(ready);
    terminal.type('\\nosuch\r');
    await terminal.sees(/there is no command \\nosuch/);
    terminal.type('\\?\r');
    await terminal.sees(/\\watch \[SECONDS\]/);
    terminal.type('\\q\r');
    assert.equal(await terminal.exit(), 0);
  });

  it('cancels a statement that runs, and forgets a line that is typed, at Ctrl-C', async () => {
    start(['shell']);
    await terminal.sees(ready);
    terminal.type('select 41 + 1 as sum;\r');
    await terminal.sees(/42\s+\(1 row\)/);
    await terminal.sees(ready);
    terminal.type(`${endless}\r`);
    await terminal.sees(/= -1;\s*\n/);
    terminal.type(ctrl.c);
    await terminal.sees(/cancelled/);
    await terminal.sees(ready);
    terminal.type('select "wrong\r');
    await terminal.sees(/-> /);
    terminal.type(ctrl.c);
    await terminal.sees(ready);
    terminal.type('select 7 * 6 as product;\r');
    await terminal.sees(/product[\s\S]*42\s+\(1 row\)/);
    terminal.type(`${endless}\r`);
    await terminal.sees(/= -1;\s*\n/);
    terminal.type(ctrl.d);
    assert.equal(await terminal.exit(), 0);
  });

  it('shows long results by the pager, and goes on after it', async () => {
    const pager = join(folder.path, 'pager');
    writeFiles(folder.path, {
      'pager*': `#!${process.execPath}\nlet text = ''; process.stdin.on('data', (part) => (text += part)).on('end', () => console.log('paged ' + text.split('\\n').length + ' lines'));\n`,
    });
    start(['shell'], { PAGER: `${pager} --quietly` });
    await terminal.sees(ready);
    terminal.type('select * from range(100);\r');
    await terminal.sees(/paged 103 lines/);
    await terminal.sees(/\(100 rows\)/);
    await terminal.sees(ready);
    terminal.type('select 7 * 6 as product;\r');
    await terminal.sees(/42\s+\(1 row\)/);
    terminal.type(ctrl.d);
    assert.equal(await terminal.exit(), 0);
    start(['query', 'select * from range(100)'], { PAGER: pager });
    await terminal.sees(/paged 103 lines[\s\S]*100 rows/);
    assert.equal(await terminal.exit(), 0);
    for (const more of [{ PAGER: pager, CRYPTODM_TERMINAL_PAGER: 'false' }, { PAGER: join(folder.path, 'nosuch') }]) {
      start(['query', 'select * from range(100)'], more);
      await terminal.sees(/98\r\n +99\r\n/);
      assert.equal(await terminal.exit(), 0);
    }
  });

  it('says at once where there is no lake', async () => {
    start(['shell'], { CRYPTODM_PATHS_DATA: join(folder.path, 'none') });
    await terminal.sees(/the lake is not up/);
    assert.equal(await terminal.exit(), 5);
  });
});
