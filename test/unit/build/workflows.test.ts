import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions } from '../../../src/aws/pipeline/actions.ts';
import { skipWithout } from '../../support/skipping.ts';
import { jobOf, linterUnavailable, lintWorkflow, readWorkflow } from '../../support/workflows.ts';

const folder = '.github/workflows';
const texts = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const read = (name: string) => readWorkflow(texts.get(name) ?? '');
const runs = (name: string, job: string) => jobOf(read(name), job).steps.flatMap(({ run }) => run ?? []);
const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;

describe('our workflows', () => {
  it('are right by actionlint', async function () {
    this.timeout(120_000);
    skipWithout(this, await linterUnavailable());
    for (const text of texts.values()) assert.equal(await lintWorkflow(text), '');
  });

  it('use actions by the commit of a release, each at one only, the same as the pipelines of users', () => {
    const commits = new Map<string, string>();
    const note = (action: string) => {
      const [, name = '', commit = ''] = /^([\w-]+\/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(action) ?? [];
      assert.notEqual(commit, '', action);
      assert.equal(commits.get(name) ?? commit, commit, name);
      commits.set(name, commit);
    };
    for (const action of Object.values(actions)) note(action);
    for (const text of texts.values()) {
      for (const [, action = ''] of text.matchAll(/uses: (.*)/g)) if (!action.startsWith('./')) note(action);
    }
    assert.ok(commits.size >= 8, [...commits.keys()].join(', '));
  });

  it('have no permission that a job does not name, and no secret', () => {
    for (const [name, text] of texts) {
      const { permissions, jobs } = readWorkflow(text);
      assert.deepEqual(permissions, {}, name);
      for (const [job, { permissions: its }] of Object.entries(jobs)) {
        const writes = Object.entries(its ?? {}).filter(([, level]) => level !== 'read');
        assert.deepEqual(
          writes.map(([scope]) => scope),
          job === 'publish' ? ['contents', 'id-token'] : [],
          `${name}, ${job}`,
        );
      }
      assert.doesNotMatch(text, /secrets\./);
    }
  });

  it('test a change by "npm test", with caches outside the checkout', () => {
    assert.deepEqual(runs('ci.yml', 'test'), ['npm test']);
    const cached = jobOf(read('ci.yml'), 'test').steps.find(({ uses }) => uses?.startsWith('actions/cache@'));
    const paths = String(cached?.with?.['path']).trim().split('\n');
    assert.ok(paths.length > 1 && paths.every((path) => path.startsWith('~/')), paths.join(', '));
  });

  it('publish only what was tested, packed once, and tried by Node 20, 22 and 24', () => {
    const { jobs, concurrency } = read('release.yml');
    assert.deepEqual(jobs['publish']?.needs, ['test', 'smoke']);
    assert.equal(jobs['smoke']?.needs, 'pack');
    assert.match(texts.get('release.yml') ?? '', /node: \[20, 22, 24\]/);
    assert.equal(concurrency?.['cancel-in-progress'], false);
    assert.equal(jobs['publish']?.environment, 'release');
    const publish = runs('release.yml', 'publish').join('\n');
    assert.match(publish, /npm publish --provenance .*\.\/release\/cryptodm-\*\.tgz/);
    for (const file of ['notes.md', '.tgz', '.cdx.json', 'install.sh', 'cryptodm.rb', 'SHA256SUMS'])
      assert.ok(publish.includes(file), file);
    // What this job publishes comes from the artifact: it has no checkout and installs nothing.
    assert.doesNotMatch(publish, /npm ci|npm install|npm run/);
    assert.equal(runs('release.yml', 'publish')[0], 'sha256sum --check SHA256SUMS');
  });

  it('call scripts that exist', () => {
    for (const text of texts.values()) {
      for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) assert.ok(name in scripts, name);
    }
  });
});
