// Writes the dashboard that Kibana imports, as the lake declares it; with --check it fails where the file says something else.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderMarketDashboard } from '../src/lake/kibana/market-dashboard.ts';
import { declareLake } from '../src/lake/declaration.ts';

const file = fileURLToPath(new URL('../templates/kibana/crypto-cotacao-de-mercado.ndjson', import.meta.url));
// Coins are values of a field: the dashboard is the same for each lake.
const text = renderMarketDashboard(declareLake(['BTC/USD']));
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${file} is not what the declaration says: run "npm run kibana".\n`);
  process.exitCode = 1;
}
