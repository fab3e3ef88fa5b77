import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../../../src/errors.ts';
import { synthesise } from '../../../../src/aws/terraform/synthesis.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';
import { temporaryFolder, writeFiles } from '../../../support/folders.ts';

/** An app that writes one stack and its input. */
const honest = `
import { mkdirSync, writeFileSync } from 'node:fs';
const folder = process.env.CDKTF_OUTDIR + '/stacks/lake';
mkdirSync(folder, { recursive: true });
writeFileSync(folder + '/cdk.tf.json', process.env.CRYPTODM_DEPLOYMENT);
`;

describe('synthesise', () => {
  const folder = temporaryFolder();
  const { signal } = new AbortController();

  function inputs(app: string) {
    writeFiles(folder.path, { 'app.mjs': app, 'out/stacks/search/cdk.tf.json': '{}' });
    const outdir = join(folder.path, 'out');
    return { app: join(folder.path, 'app.mjs'), deployment: '/deployment.json', outdir, signal };
  }

  async function faultOf(app: string): Promise<Fault> {
    try {
      await synthesise(inputs(app));
    } catch (error) {
      assert.ok(error instanceof Fault, String(error));
      return error;
    }
    return assert.fail('nothing was thrown');
  }

  it('tells the stacks of this deployment; those of an earlier one are gone', async () => {
    const given = inputs(honest);
    assert.deepEqual(await synthesise(given), { stacks: ['lake'] });
    assert.equal(readFileSync(join(given.outdir, 'stacks/lake/cdk.tf.json'), 'utf8'), '/deployment.json');
    assert.ok(!existsSync(join(given.outdir, 'stacks/search')));
  });

  it('passes on what can’t be made as asked', async () => {
    const fault = await faultOf(`process.stderr.write('4 is not possible\\n'); process.exitCode = 2;`);
    assert.deepEqual([fault.kind, fault.message, fault.where], ['settings', '4 is not possible', '/deployment.json']);
  });

  it('reports anything else as a defect of ours, with the output', async () => {
    const fault = await faultOf(`throw new TypeError('no such construct');`);
    assert.equal(fault.kind, 'internal');
    assert.match(fault.message, /no such construct/);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const started = join(folder.path, 'started');
    const endless = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(started)}, ''); setInterval(() => {}, 1000);`;
    const running = synthesise({ ...inputs(endless), signal: stop.signal });
    const refused = assert.rejects(running, (error) => error instanceof Fault && error.kind === 'interrupted');
    await awaitAnswer(() => (existsSync(started) ? true : undefined), { withinMs: 10_000, everyMs: 20, signal });
    stop.abort();
    await refused;
  });
});
