// "npm run release -- pack FOLDER": the files of a release. "npm run release -- smoke FILE": the packed package, used by this Node.
// "npm run release:dry": both, by all supported Node versions, and everything else but the publishing itself.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { execa } from 'execa';
import { hashOf } from '../src/toolchain/artifact-lock.ts';
import { root } from './generated.ts';
import { notesOf } from './release/changelog.ts';
import { oldestNode, writeInstallers } from './release/installers.ts';
import { tryInstallers } from './release/installer-trial.ts';
import { packPackage } from './release/package.ts';
import { fetchNodes, smokePackage } from './release/smoke.ts';

/** Those that get fixes, besides the oldest that works (package.json, "engines"). */
const nodeVersions = ['20', '22', '24'];

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The files of a release that installs itself. */
interface Release {
  /** the package */
  file: string;
  version: string;
  script: string;
  formula: string;
}

/** Writes package, bill of materials, notes, what installs the package, and checksums. */
async function pack(out: string): Promise<Release> {
  mkdirSync(out, { recursive: true });
  const repository = process.env['GITHUB_REPOSITORY'];
  const { name, version, file, bill } = await packPackage(out, repository);
  requireTag(version);
  rmSync(join(out, 'package'), { recursive: true });
  const billFile = join(out, `${name}-${version}.cdx.json`);
  writeFileSync(billFile, `${JSON.stringify(bill, null, 1)}\n`);
  writeFileSync(join(out, 'notes.md'), `${notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version)}\n`);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const { script, formula } = writeInstallers(out, {
    ...{ version, file, repository },
    sha256: await hashOf(file),
    oldestNode: oldestNode(manifest),
  });
  const listed = [file, billFile, script, formula];
  const sums = await Promise.all(listed.map(async (path) => `${await hashOf(path)}  ${basename(path)}\n`));
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  say(
    `${basename(file)}: ${(readFileSync(file).length / 1e6).toFixed(1)} MB, ${String(bill.components.length)} components`,
  );
  return { file, version, script, formula };
}

/** A release is of the tag that names its version. */
function requireTag(version: string): void {
  const { GITHUB_REF_TYPE: type, GITHUB_REF_NAME: tag } = process.env;
  if (type === 'tag' && tag !== `v${version}`) throw new Error(`tag ${String(tag)} is not of version ${version}`);
}

async function rehearse(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'cryptodm-release-'));
  try {
    const out = join(scratch, 'release');
    const release = await pack(out);
    const { file } = release;
    await execa('sha256sum', ['--check', 'SHA256SUMS'], { cwd: out, stdin: 'ignore' });
    await tryInstallers(release, join(scratch, 'installed'), say);
    const nodes = await fetchNodes(join(scratch, 'nodes'), nodeVersions);
    await smokePackage(file, [...nodes.values()], say);
    await execa('npm', ['publish', '--dry-run', '--ignore-scripts', file], { cwd: scratch, stdin: 'ignore' });
    say('npm would publish it');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const [what, path] = process.argv.slice(2);
if (what === 'pack' && path !== undefined) await pack(resolve(path));
else if (what === 'smoke' && path !== undefined) await smokePackage(resolve(path), [process.execPath], say);
else if (what === 'dry') await rehearse();
else {
  process.stderr.write('npm run release -- pack FOLDER | smoke FILE | dry\n');
  process.exitCode = 2;
}
