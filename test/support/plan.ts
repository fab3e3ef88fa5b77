import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../../cdktf/app.ts';
import { declareLake } from '../../src/lake/declaration.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { composeDeployment } from '../../src/aws/deployment/composition.ts';
import { maintenanceMain } from '../../src/aws/maintenance/spark-job.ts';
import { functionNames } from '../../src/lake/functions.ts';
import { withFolder, writeFiles } from './folders.ts';

/** Resources in the form of Terraform's plan. */
export const plan = (resources: { type: string; values: Record<string, unknown> }[]) => ({
  planned_values: {
    root_module: { resources: resources.map(({ type, values }) => ({ address: `${type}.one`, type, values })) },
  },
});

/** The resources of the default settings, or of such as differ from them, in the form of Terraform's plan. */
export async function planOfDefaults(aws: Record<string, unknown> = {}): Promise<ReturnType<typeof plan>> {
  return withFolder((folder) => {
    const names = [...functionNames.map((name) => `${name}.zip`), maintenanceMain.jar];
    writeFiles(folder, Object.fromEntries(names.map((name) => [name, ''])));
    const file = (name: string) => ({ path: join(folder, name), sha256: 'a'.repeat(64) });
    const settings = readSettings({ flags: { aws: { prefix: 'acme-lake', ...aws } }, env: {}, cwd: folder });
    const deployment = composeDeployment(declareLake(settings.coins), settings, {
      accountId: '123456789012',
      callerCidr: '203.0.113.7/32',
      publicKey: 'ssh-ed25519 AAAA',
      expiresAt: '2030-01-01T00:00:00Z',
      zones: 3,
      jobsZone: 0,
      cloud: { region: 'us-east-1', version: '8.19.21' },
      extent: 'whole',
      backend: { kind: 's3', bucket: 'acme-lake-cryptodm-state' },
      macieSession: settings.aws.macie ? 'create' : 'off',
      jars: { [maintenanceMain.jar]: file(maintenanceMain.jar) },
      functions: Object.fromEntries(functionNames.map((name) => [name, file(`${name}.zip`)])),
    });
    assemble(deployment, folder).synth();
    const resources = ['lake', 'search'].flatMap((stack) => {
      const text = readFileSync(join(folder, 'stacks', stack, 'cdk.tf.json'), 'utf8');
      const { resource } = JSON.parse(text) as { resource: Record<string, Record<string, Record<string, unknown>>> };
      return Object.entries(resource).flatMap(([type, made]) =>
        Object.values(made).map((values) => ({ type, values })),
      );
    });
    return plan(resources);
  });
}
