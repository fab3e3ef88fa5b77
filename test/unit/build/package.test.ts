import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';

interface Packed {
  files: { path: string; size: number }[];
}

describe('the packed package', () => {
  it('holds the program and what it builds from, without tests and source maps', async function () {
    this.timeout(60_000);
    // Of the folder as it is: a build would replace what other tests run.
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await execa('npm', args, { stdin: 'ignore' });
    const paths = (JSON.parse(stdout) as Packed[]).flatMap(({ files }) => files.map(({ path }) => path));
    for (const path of [
      'bin.js',
      'package.json',
      'LICENSE',
      'README.md',
      'README.pt-BR.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'examples/btc-usd-1m-2023-03-10.csv',
      'docs/images/dashboard.png',
      'jars/pom.xml',
      'jars/artifacts.lock',
      'jars/servers.lock',
      'templates/dashboard/app.js',
    ]) {
      assert.ok(paths.includes(path), path);
    }
    const expected =
      /^(?:bin\.js|package\.json|LICENSE|(?:README|README\.pt-BR|CHANGELOG|CONTRIBUTING|SECURITY)\.md|(?:dist|templates|ansible|examples|docs)\/.*|jars\/(?:(?:artifacts|servers)\.lock|(?:.*\/)?(?:pom\.xml|src\/main\/.*)))$/;
    assert.deepEqual(
      paths.filter((path) => !expected.test(path) || path.endsWith('.map')),
      [],
    );
  });

  it('can’t be published from a checkout, where it has neither jars nor its pages', () => {
    const { private: isPrivate } = JSON.parse(readFileSync('package.json', 'utf8')) as { private: boolean };
    assert.equal(isPrivate, true);
  });

  it('depends on nothing but native libraries: all else is bundled', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    assert.deepEqual(Object.keys(dependencies), ['@duckdb/node-bindings', 'libsql']);
    // The bundle holds their JavaScript: another version of the native library might not fit it.
    for (const version of Object.values(dependencies)) assert.match(version, /^\d/);
  });
});
