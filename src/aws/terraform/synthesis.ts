import { execa, ExecaError } from 'execa';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';

export interface SynthesisInputs {
  /** the bundled CDKTF app, `dist/cdktf/main.js` */
  app: string;
  /** file with the deployment, see `src/aws/deployment/deployment.ts` */
  deployment: string;
  /** folder that gets `stacks/<stack>/cdk.tf.json`; stacks of an earlier run are removed */
  outdir: string;
  signal: AbortSignal;
}

/**
 * Turns a deployment into stacks of Terraform. It does not call AWS and takes about half a second.
 * @throws Fault of kind `settings` when the constructs refuse a value of the deployment, `internal` when the app fails otherwise,
 * `interrupted` when the signal came
 */
export async function synthesise({ app, deployment, outdir, signal }: SynthesisInputs): Promise<{ stacks: string[] }> {
  const folder = join(outdir, 'stacks');
  rmSync(folder, { recursive: true, force: true });
  try {
    await execa(process.execPath, [app], {
      env: { CRYPTODM_DEPLOYMENT: deployment, CDKTF_OUTDIR: outdir, CDKTF_CONTEXT_JSON: undefined },
      stdin: 'ignore',
      cancelSignal: signal,
      forceKillAfterDelay: 2000,
    });
  } catch (error) {
    throw explainSynthesis(error, { app, deployment });
  }
  const stacks = readdirSync(folder).sort();
  return { stacks };
}

function explainSynthesis(error: unknown, { app, deployment }: { app: string; deployment: string }): unknown {
  if (!(error instanceof ExecaError)) return error;
  if (error.isCanceled) return new Fault('interrupted', 'the synthesis was stopped', { where: app, cause: error });
  const said = String(error.stderr ?? '').trim();
  if (error.exitCode === 2) {
    return new Fault('settings', said, {
      where: deployment,
      next: 'Change this setting, then run the same command again.',
      cause: error,
    });
  }
  return new Fault('internal', `the constructs could not be synthesised: ${said.slice(-2000) || error.shortMessage}`, {
    where: app,
    next: 'Run "npm run build" if this is a checkout; else please report it with the text above.',
    cause: error,
  });
}
