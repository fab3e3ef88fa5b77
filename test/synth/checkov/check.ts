// `npm run check:infra`: checkov on the lake's stack as it is synthesised from the sample, which has every optional part in it.
import { execa } from 'execa';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../../cdktf/app.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findPython, installVenv } from '../../../src/aws/setup/venv.ts';
import { deploymentSchema, type Deployment } from '../../../src/aws/deployment/deployment.ts';

interface Report {
  summary: { passed: number; failed: number; parsing_errors: number };
  results: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sample = readFileSync(join(root, 'cdktf/sample-deployment.json'), 'utf8');
const machine = thisMachine(process.env);
const venv = await installVenv(
  { name: 'checkov', requirements: join(root, 'test/synth/checkov/requirements.txt'), cache: cacheFolder(machine) },
  () => findPython(machine, { least: [3, 9], most: [3, 13] }),
  machine,
);
const onHost = deploymentSchema.parse(JSON.parse(sample));
const inContainers: Deployment = {
  ...onHost,
  containers: { architecture: 'amd64', image: { kind: 'own', tag: `${'0'.repeat(16)}-amd64` } },
};
await check('producers on a host', onHost);
await check('producers in containers', inContainers);

async function check(what: string, deployment: Deployment): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'cryptodm-checkov-'));
  try {
    await report(what, deployment, outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function report(what: string, deployment: Deployment, outdir: string): Promise<void> {
  assemble(deployment, outdir).synth();
  const { stdout } = await execa(
    join(venv, 'bin/python'),
    [
      join(venv, 'bin/checkov'),
      '--config-file',
      join(root, 'cdktf/checkov.yaml'),
      '--file',
      join(outdir, 'stacks/lake/cdk.tf.json'),
      '--output',
      'json',
    ],
    { reject: false, stdin: 'ignore' },
  );
  const { summary, results } = JSON.parse(stdout) as Report;
  for (const { check_id: id, check_name: name, resource } of results.failed_checks) {
    process.stdout.write(`${id} ${resource}: ${name}\n`);
  }
  const { passed, failed, parsing_errors: unread } = summary;
  process.stdout.write(
    `checkov, ${what}: ${String(passed)} passed, ${String(failed)} failed, ${String(unread)} not read\n`,
  );
  if (passed === 0 || failed > 0 || unread > 0) process.exitCode = 1;
}
