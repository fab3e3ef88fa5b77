import { Fault } from '../errors.ts';
import { dashboardTitle, marketDashboard } from '../lake/kibana/market-dashboard.ts';
import { renderObjects } from '../lake/kibana/saved-object.ts';
import type { Lake } from '../lake/schema.ts';
import { importSavedObjects, spacePath, type ImportedObject, type Kibana, type KibanaLogin } from '../tools/kibana.ts';

export interface ImportedDashboard {
  title: string;
  /** its address */
  url: string;
  objects: ImportedObject[];
}

/** Imports the dashboard of a lake with everything it needs; a second import changes nothing. @throws Faults of `importSavedObjects` */
export async function importDashboard(lake: Lake, kibana: Kibana, signal: AbortSignal): Promise<ImportedDashboard> {
  const objects = await importSavedObjects(kibana, renderObjects(marketDashboard(lake)), { signal });
  const id = objects.find(({ type }) => type === 'dashboard')?.id ?? '';
  const url = `${kibana.url}${spacePath(kibana)}/app/dashboards#/view/${encodeURIComponent(id)}`;
  return { title: dashboardTitle, url, objects };
}

/**
 * The given address without its final slash.
 * @throws Fault of kind `usage` for text that is not an address, or one with a password, which other users of the machine could see
 */
export function readKibanaUrl(text: string): string {
  const next = 'Give the address that Kibana has in a browser, such as https://kibana.example.com.';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Fault('usage', `${text} is not an address`, { where: '--url', next });
  }
  if (url.username !== '' || url.password !== '') {
    throw new Fault('usage', 'the address holds a user or a password', {
      where: '--url',
      next: 'Set KIBANA_API_KEY, or KIBANA_USERNAME and KIBANA_PASSWORD, in the environment.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/**
 * The login from the environment: an API key before user and password; none where none is given, as for a Kibana without security.
 * @throws Fault of kind `settings` for a user without a password, or a password without a user
 */
export function readKibanaLogin(env: NodeJS.ProcessEnv): KibanaLogin {
  const [apiKey = '', username = '', password = ''] = ['API_KEY', 'USERNAME', 'PASSWORD'].map(
    (name) => env[`KIBANA_${name}`],
  );
  if (apiKey !== '') return { apiKey };
  if (username === '' && password === '') return 'none';
  if (username !== '' && password !== '') return { username, password };
  const missing = username === '' ? 'KIBANA_USERNAME' : 'KIBANA_PASSWORD';
  throw new Fault('settings', `${missing} is not set`, {
    where: 'environment',
    next: 'Set both KIBANA_USERNAME and KIBANA_PASSWORD, or KIBANA_API_KEY.',
  });
}
