// A bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json): every npm package in the bundles and beside them, and every jar.

/** The parts of package-lock.json that are read here; version 3. */
export interface PackageLock {
  packages: Record<string, { version?: string; integrity?: string; license?: string; optional?: boolean }>;
}

interface Component {
  type: 'library';
  'bom-ref': string;
  name: string;
  group?: string;
  version: string;
  purl: string;
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
  licenses?: { expression: string }[];
}

export interface Bill {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  version: 1;
  metadata: { component: { type: 'application'; name: string; version: string; purl: string } };
  components: Component[];
}

/**
 * The bill of a release.
 * @param packages keys of package-lock.json
 * @param artifacts SHA-256 of jars by their path in a Maven repository
 */
export function billOfMaterials(
  { name, version }: { name: string; version: string },
  lock: PackageLock,
  packages: readonly string[],
  artifacts: ReadonlyMap<string, string>,
): Bill {
  const npm = packages.map((key) => npmComponent(key, lock));
  const maven = [...artifacts].map(([place, sha256]) => mavenComponent(place, sha256));
  const byRef = new Map([...npm, ...maven].map((component) => [component.purl, component]));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, version, purl: `pkg:npm/${name}@${version}` } },
    components: [...byRef.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1)),
  };
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function npmComponent(key: string, lock: PackageLock): Component {
  const name = key.replace(/^.*node_modules\//, '');
  const { version, integrity, license } = lock.packages[key] ?? {};
  if (version === undefined) throw new Error(`package-lock.json has no version of ${key}`);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const sha512 = /^sha512-(.*)$/.exec(integrity ?? '')?.[1];
  return {
    ...{ type: 'library', 'bom-ref': purl, name, version, purl },
    ...(sha512 === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] }),
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  };
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/maven-definition.md */
function mavenComponent(place: string, sha256: string): Component {
  const parts = place.split('/');
  const [version = '', name = ''] = [parts.at(-2), parts.at(-3)];
  const group = parts.slice(0, -3).join('.');
  const classifier = parts.at(-1)?.slice(`${name}-${version}-`.length, -'.jar'.length) ?? '';
  const purl = `pkg:maven/${group}/${name}@${version}${classifier === '' ? '' : `?classifier=${classifier}`}`;
  return {
    ...{ type: 'library', 'bom-ref': purl, group, name, version, purl },
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  };
}
