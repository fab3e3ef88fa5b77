// What installs a release besides npm: install.sh, and a formula for brew. Both name the package by its checksum.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../generated.ts';

/** The package that they install. */
export interface ReleasedPackage {
  version: string;
  /** its file, in the folder of the release */
  file: string;
  /** hexadecimal */
  sha256: string;
  /** the oldest Node.js that works, such as `20.19` */
  oldestNode: string;
  /** owner and name at GitHub; undefined in a rehearsal without one */
  repository: string | undefined;
}

/** Writes both beside the package. @returns their paths */
export function writeInstallers(out: string, released: ReleasedPackage): { script: string; formula: string } {
  const script = join(out, 'install.sh');
  const formula = join(out, 'cryptodm.rb');
  writeFileSync(script, installScript(released), { mode: 0o755 });
  writeFileSync(formula, brewFormula(released));
  return { script, formula };
}

/** The oldest Node.js of "engines" in package.json. @throws Error when that is no single lower bound */
export function oldestNode(manifest: { engines?: { node?: string } }): string {
  const oldest = /^>=(\d+\.\d+)$/.exec(manifest.engines?.node ?? '')?.[1];
  if (oldest === undefined) throw new Error('"engines" of package.json names no oldest Node.js, such as ">=20.19"');
  return oldest;
}

export function installScript(released: ReleasedPackage): string {
  const { version, file, sha256, repository } = released;
  const values: Record<string, string> = {
    VERSION: version,
    PACKAGE: basename(file),
    SHA256: sha256,
    NODE: released.oldestNode,
    RELEASED: repository === undefined ? '' : addressOf(repository, version),
  };
  const template = readFileSync(join(root, 'build', 'release', 'install.sh'), 'utf8');
  return template.replaceAll(/@([A-Z\d]+)@/g, (_, name: string) => {
    const value = values[name];
    // They are between single quotes in the script.
    if (value === undefined || value.includes("'"))
      throw new Error(`no value for @${name}@ of install.sh: ${value ?? ''}`);
    return value;
  });
}

/** https://docs.brew.sh/Node-for-Formula-Authors */
export function brewFormula({ version, file, sha256, repository }: ReleasedPackage): string {
  const home = repository === undefined ? '' : `  homepage "https://github.com/${repository}"\n`;
  const place = repository === undefined ? `file://${file}` : `${addressOf(repository, version)}/${basename(file)}`;
  return `# Written with the release: version and checksum are those of its package.
class Cryptodm < Formula
  desc "Real-time crypto data lake with one command"
${home}  url "${place}"
  sha256 "${sha256}"
  license "Apache-2.0"

  depends_on "maven"
  depends_on "node"
  depends_on "openjdk@21"

  def install
    system "npm", "install", *std_npm_args
    bin.install_symlink Dir["#{libexec}/bin/*"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/cryptodm --version")
  end
end
`;
}

/** Where GitHub has the files of a release. */
function addressOf(repository: string, version: string): string {
  return `https://github.com/${repository}/releases/download/v${version}`;
}
