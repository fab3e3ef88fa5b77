import { equal, deepEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { defaultPrices, estimateCosts, type Cost } from '../../../../src/aws/costs/estimate.ts';
import { plan, planOfDefaults } from '../../../support/plan.ts';

describe('estimateCosts', () => {
  it('keeps the default lake within 0.75 dollars an hour, and knows the price of everything in it', async () => {
    const costs = estimateCosts(await planOfDefaults());
    deepEqual(costs.unpriced, []);
    ok(costs.perHour <= 0.75, `${costs.perHour.toFixed(3)} dollars an hour`);
    const parts = [...new Set(costs.lines.map(({ part }) => part))];
    deepEqual(parts, ['stream', 'jobs', 'producers', 'network', 'search', 'upkeep']);
    ok(costs.lines.every(({ perHour }) => perHour > 0));
  }).timeout(60_000);

  it('gives the figures of docs/aws.md, with a host and with containers', async () => {
    const text = readFileSync('docs/aws.md', 'utf8');
    const table = /\n\| part \|[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(
      text.slice(text.indexOf('## What it costs')),
    )?.[1];
    const rows = (table ?? '').trim().split('\n');
    const published = rows
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map((cells) => [cells[1], ...cells.slice(3, 6)]);
    const containers = (architecture: string) => planOfDefaults({ producers: 'fargate', containers: { architecture } });
    const costs = [await planOfDefaults(), await containers('amd64'), await containers('arm64')].map((one) =>
      estimateCosts(one),
    );
    for (const { unpriced } of costs) deepEqual(unpriced, []);
    const figures = (of: (cost: Cost) => number) => costs.map((cost) => of(cost).toFixed(3));
    const parts = ['stream', 'jobs', 'producers', 'network', 'search', 'upkeep'];
    deepEqual(published, [
      ...parts.map((part) => [
        part === 'upkeep' ? 'maintenance' : part,
        ...figures(({ lines }) =>
          lines.filter((line) => line.part === part).reduce((sum, { perHour }) => sum + perHour, 0),
        ),
      ]),
      ['together', ...figures(({ perHour }) => perHour)],
    ]);
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
      ['3 x m6g.xlarge', '3 x EMR on m6g.xlarge', '237 x GB of gp2'],
    );
    const ebs_config = [{ type: 'gp3', size: 32, volumes_per_instance: 2 }];
    const group = [{ instance_type: 'm6g.xlarge', ebs_config }];
    const disks = estimateCosts(
      plan([{ type: 'aws_emr_cluster', values: { master_instance_group: group, core_instance_group: group } }]),
    ).lines.map(({ what }) => what);
    deepEqual(disks.filter((what) => what.includes(' GB of ')).sort(), ['128 x GB of gp3', '30 x GB of gp2']);
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

  it('counts each service with the task that it runs', () => {
    const of = (architecture: string) =>
      estimateCosts(
        plan([
          {
            type: 'aws_ecs_task_definition',
            values: { cpu: '256', memory: '512', runtime_platform: [{ cpu_architecture: architecture }] },
          },
          { type: 'aws_ecs_service', values: { desired_count: 0 } },
          { type: 'aws_ecs_service', values: { desired_count: 0 } },
          { type: 'aws_ecs_cluster', values: {} },
          { type: 'aws_ecr_repository', values: {} },
        ]),
      );
    const arm = of('ARM64');
    deepEqual(
      arm.lines.map(({ what }) => what),
      ['2 x task of 0.25 vCPU and 0.5 GB (arm64)'],
    );
    equal(arm.perHour.toFixed(5), '0.01975');
    equal(of('X86_64').perHour.toFixed(5), '0.02469');
    deepEqual([arm.unpriced, arm.notes], [[], ['images of the producers: 0.1 a GB-month']]);
  });

  it('tells what bills by use', () => {
    const { perHour, notes } = estimateCosts(plan([{ type: 'aws_athena_workgroup', values: {} }]));
    equal(perHour, 0);
    deepEqual(notes, ['queries: 5 a TB scanned']);
  });

  it('says that Macie is for the whole account, and leaves it off by default', async () => {
    const { lines, notes } = estimateCosts(
      plan([
        { type: 'aws_macie2_account', values: {} },
        { type: 'aws_s3_bucket', values: {} },
      ]),
    );
    deepEqual(
      lines.map(({ what }) => what),
      ['1 x bucket of the lake watched by Macie'],
    );
    ok(notes.some((note) => note.includes('all buckets of this account')));
    ok(!estimateCosts(await planOfDefaults()).notes.some((note) => note.includes('Macie')));
  }).timeout(60_000);

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
