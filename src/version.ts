declare const CRYPTODM_VERSION: string | undefined;
declare const CRYPTODM_COMMIT: string | undefined;

/** What runs: set by the build, and read from package.json when the sources run as they are. */
export interface BuildInfo {
  version: string;
  /** hash of the commit, with `-dirty` after it where files differed from it; undefined where it was not known */
  commit: string | undefined;
}

export async function buildInfo(): Promise<BuildInfo> {
  const commit = typeof CRYPTODM_COMMIT === 'string' && CRYPTODM_COMMIT !== '' ? CRYPTODM_COMMIT : undefined;
  if (typeof CRYPTODM_VERSION === 'string') return { version: CRYPTODM_VERSION, commit };
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return { version: (JSON.parse(text) as { version: string }).version, commit };
}

export async function version(): Promise<string> {
  return (await buildInfo()).version;
}
