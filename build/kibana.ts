// Writes the dashboard that Kibana imports, as the lake declares it; with --check it fails where the file differs.
import { join } from 'node:path';
import { declareLake } from '../src/lake/declaration.ts';
import { renderMarketDashboard } from '../src/lake/kibana/market-dashboard.ts';
import { root, settleGenerated } from './generated.ts';

const file = join(root, 'templates', 'kibana', 'crypto-cotacao-de-mercado.ndjson');
// Coins are values of a field: the dashboard is the same for each lake.
settleGenerated(new Map([[file, renderMarketDashboard(declareLake(['BTC/USD']))]]), 'npm run kibana');
