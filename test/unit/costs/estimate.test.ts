import { equal, deepEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../../../cdktf/app.ts';
import { defaultPrices, estimateCosts } from '../../../src/costs/estimate.ts';
import { declareLake } from '../../../src/lake/declaration.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { composeDeployment } from '../../../src/targets/aws.ts';
import { functionNames } from '../../../src/targets/aws-names.ts';
import { withFolder, writeFiles } from '../../support/folders.ts';

const plan = (resources: { type: string; values: Record<string, unknown> }[]) => ({
  planned_values: {
    root_module: { resources: resources.map(({ type, values }) => ({ address: `${type}.one`, type, values })) },
  },
});

/** What the constructs make of the default settings, in the form of Terraform's plan. */
async function planOfDefaults(): Promise<ReturnType<typeof plan>> {
  return withFolder((folder) => {
    const names = [...functionNames.map((name) => `${name}.zip`), 'One-1.0.jar'];
    writeFiles(folder, Object.fromEntries(names.map((name) => [name, ''])));
    const file = (name: string) => ({ path: join(folder, name), sha256: 'a'.repeat(64) });
    const settings = readSettings({ flags: { aws: { prefix: 'acme-lake' } }, env: {}, cwd: folder });
    const deployment = composeDeployment(declareLake(settings.coins), settings, {
      prefix: 'acme-lake',
      accountId: '123456789012',
      callerCidr: '203.0.113.7/32',
      publicKey: 'ssh-ed25519 AAAA',
      expiresAt: '2030-01-01T00:00:00Z',
      extent: 'whole',
      state: { kind: 's3', bucket: 'acme-lake-cryptodm-state' },
      macie: 'create',
      jars: { 'One-1.0.jar': file('One-1.0.jar') },
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

describe('estimateCosts', () => {
  it('keeps the default lake within one dollar an hour, and knows the price of everything in it', async () => {
    const costs = estimateCosts(await planOfDefaults());
    deepEqual(costs.unpriced, []);
    ok(costs.perHour <= 1, `${costs.perHour.toFixed(3)} dollars an hour`);
    const parts = [...new Set(costs.lines.map(({ part }) => part))];
    deepEqual(parts, ['stream', 'jobs', 'producers', 'network', 'search', 'upkeep']);
    ok(costs.lines.every(({ perHour }) => perHour > 0));
  }).timeout(60_000);

  it('adds up brokers and their storage', () => {
    const broker_node_group_info = [
      { instance_type: 'kafka.t3.small', storage_info: [{ ebs_storage_info: [{ volume_size: 73 }] }] },
    ];
    const costs = estimateCosts(
      plan([{ type: 'aws_msk_cluster', values: { number_of_broker_nodes: 3, broker_node_group_info } }]),
    );
    deepEqual(
      costs.lines.map(({ what, perHour }) => [what, perHour.toFixed(4)]),
      [
        ['3 x kafka.t3.small', '0.1368'],
        ['219 x GB of broker storage', '0.0300'],
      ],
    );
    equal(costs.perHour.toFixed(4), '0.1668');
  });

  it('counts instances, the fee and the disks of an EMR cluster', () => {
    const values = {
      master_instance_group: [{ instance_type: 'm6g.xlarge' }],
      core_instance_group: [{ instance_type: 'm6g.xlarge', instance_count: 2 }],
    };
    const { lines } = estimateCosts(plan([{ type: 'aws_emr_cluster', values }]));
    deepEqual(
      lines.map(({ what }) => what),
      ['3 x m6g.xlarge', '3 x EMR on m6g.xlarge', '237 x GB of disk'],
    );
  });

  it('names what it has no price for, and passes over what is free', () => {
    const costs = estimateCosts(
      plan([
        { type: 'aws_instance', values: { instance_type: 'z9.huge' } },
        { type: 'aws_redshift_cluster', values: {} },
        { type: 'aws_subnet', values: {} },
      ]),
    );
    deepEqual(costs.unpriced, ['aws_instance.one', 'aws_redshift_cluster.one']);
  });

  it('tells what bills by use', () => {
    const { perHour, notes } = estimateCosts(plan([{ type: 'aws_athena_workgroup', values: {} }]));
    equal(perHour, 0);
    deepEqual(notes, ['queries: 5 a TB scanned']);
  });

  it('reads a state as terraform shows it, and a state file', () => {
    const values = { root_module: { child_modules: [{ resources: [{ address: 'a', type: 'aws_eip', values: {} }] }] } };
    const file = {
      version: 4,
      resources: [
        { mode: 'managed', type: 'aws_eip', name: 'nat', instances: [{ attributes: {} }] },
        { mode: 'data', type: 'aws_instance', name: 'seen', instances: [{ attributes: {} }] },
      ],
    };
    equal(estimateCosts({ values }).perHour, 0.005);
    equal(estimateCosts(file).perHour, 0.005);
  });

  it('has a unit and a date for the prices', () => {
    ok(Object.values(defaultPrices.rates).every(({ unit, price }) => unit !== '' && price > 0));
    ok(/^\d{4}-\d{2}$/.test(defaultPrices.asOf));
  });
});
