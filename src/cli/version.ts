declare const CRYPTODM_VERSION: string | undefined;

/** Version of the package: set by the build, read from package.json when the sources run as they are. */
export async function version(): Promise<string> {
  if (typeof CRYPTODM_VERSION === 'string') return CRYPTODM_VERSION;
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
