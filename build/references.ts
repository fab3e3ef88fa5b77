// Writes the reference pages of docs/, and what examples/ has for monitoring, from the code; with --check it fails where a page differs.
import { join } from 'node:path';
import { root, settleGenerated } from './generated.ts';
import { grafanaDashboard } from './monitoring/grafana-dashboard.ts';
import { prometheusRules } from './monitoring/prometheus-rules.ts';
import { alarmsPage } from './references/alarms.ts';
import { commandsPage } from './references/commands.ts';
import { decisionsPage } from './references/decisions.ts';
import { exitCodesPage } from './references/exit-codes.ts';
import { helpText } from './references/help.ts';
import { permissionsIn } from './references/permissions.ts';
import { metricsPage } from './references/metrics.ts';
import { settingsPage } from './references/settings.ts';
import { tablesPage } from './references/tables.ts';

const pages = {
  'alarms.md': alarmsPage(),
  'aws.md': permissionsIn(),
  'commands.md': commandsPage(),
  'decisions/README.md': decisionsPage(),
  'exit-codes.md': exitCodesPage(),
  'help.txt': await helpText(),
  'metrics.md': metricsPage(),
  'settings.md': settingsPage(),
  'tables.md': tablesPage(),
};
const examples = {
  'grafana/lake.json': grafanaDashboard(),
  'prometheus/alerts.yml': prometheusRules(),
};
const placed = (folder: string, files: Record<string, string>) =>
  Object.entries(files).map(([name, text]) => [join(root, folder, name), text] as const);
settleGenerated(new Map([...placed('docs', pages), ...placed('examples', examples)]), 'npm run references');
