import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { writeInventory } from '../../../../src/aws/containers/inventory-files.ts';
import {
  renderContainersInventory,
  renderInventory,
  type InventoryFacts,
} from '../../../../src/aws/hosts/inventory.ts';
import { nameAwsLake } from '../../../../src/aws/lake.ts';
import { readSettings } from '../../../../src/settings/settings.ts';
import { withFolder } from '../../../support/folders.ts';

const facts: InventoryFacts = {
  prefix: 'acme-lake',
  region: 'eu-west-1',
  host: 'ec2-1-2-3-4.compute.example',
  spec: '/lake/lake.json',
  topicsTool: { path: '/jars/ProducerCrypto-1.0.jar', sha256: 'a'.repeat(64) },
  units: [
    { id: 'quotes', path: '/jars/ProducerCrypto-1.0.jar', sha256: 'a'.repeat(64), memoryMb: 48, enabled: true },
    { id: 'trades', path: '/jars/ProducerTrader-1.0.jar', sha256: 'b'.repeat(64), memoryMb: 64, enabled: false },
  ],
  functions: ['create-tables'],
};

describe('inventory', () => {
  it('has one group with the host, and the variables of the contract', () => {
    assert.deepEqual(parse(renderInventory(facts)), {
      all: {
        vars: {
          lake_prefix: 'acme-lake',
          lake_region: 'eu-west-1',
          lake_spec: '/lake/lake.json',
          lake_log_group: '/crypto-lake/acme-lake/producers',
          lake_functions: ['create-tables'],
          kafka_topics_tool: { jar: '/jars/ProducerCrypto-1.0.jar', sha256: 'a'.repeat(64) },
          producer_units: [
            { id: 'quotes', jar: '/jars/ProducerCrypto-1.0.jar', sha256: 'a'.repeat(64), memory_mb: 48, enabled: true },
            {
              id: 'trades',
              jar: '/jars/ProducerTrader-1.0.jar',
              sha256: 'b'.repeat(64),
              memory_mb: 64,
              enabled: false,
            },
          ],
        },
        children: {
          producers: {
            hosts: {
              'acme-lake-producers': { ansible_host: 'ec2-1-2-3-4.compute.example', ansible_user: 'ec2-user' },
            },
          },
        },
      },
    });
  });

  it('keeps a checksum of digits a text, whatever YAML would make of it', () => {
    const sha256 = `${'1'.repeat(60)}e234`;
    const inventory = parse(renderInventory({ ...facts, topicsTool: { path: '/t.jar', sha256 } })) as {
      all: { vars: { kafka_topics_tool: { sha256: unknown } } };
    };
    assert.equal(inventory.all.vars.kafka_topics_tool.sha256, sha256);
  });
});

describe('inventory of containers', () => {
  const containers = {
    ...{ prefix: 'acme-lake', region: 'eu-west-1', settings: '/lake/settings.json', produce: true },
    command: ['/usr/bin/node', '/opt/cryptodm/bin.js'],
  };

  it('has one group with this machine, the command line, and the settings of the lake', () => {
    assert.deepEqual(parse(renderContainersInventory(containers)), {
      all: {
        vars: {
          lake_prefix: 'acme-lake',
          lake_region: 'eu-west-1',
          lake_command: ['/usr/bin/node', '/opt/cryptodm/bin.js'],
          lake_settings: '/lake/settings.json',
          lake_produce: true,
        },
        children: {
          containers: {
            hosts: {
              'acme-lake-containers': {
                ansible_connection: 'local',
                ansible_python_interpreter: '{{ ansible_playbook_python }}',
              },
            },
          },
        },
      },
    });
  });

  it('names a folder that looks like a template as it is', () => {
    const text = renderContainersInventory({ ...containers, settings: '/{{ x }}/settings.json' });
    assert.match(text, /lake_settings: !unsafe \/\{\{ x \}\}\/settings\.json/);
  });
});

describe('the settings beside it', () => {
  it('are those of the run, wherever they came from, without what may be secret', () =>
    withFolder((cwd) => {
      const aws = {
        prefix: 'acme-lake',
        producers: 'fargate',
        timeToLive: '3h',
        containers: { architecture: 'arm64' },
      };
      const given = {
        target: 'aws',
        coins: 'ETH/USD',
        market: { bars: 'ETH/USD = kraken' },
        source: 'coinbase,kraken',
        aws,
      };
      const env = {
        CRYPTODM_PATHS_DATA: join(cwd, 'lake'),
        CRYPTODM_ALERTS_WEBHOOK: 'https://example.com/hidden-word',
      };
      const settings = readSettings({ flags: given, env, cwd });
      const lake = nameAwsLake(settings, {});
      const work = { settings, env, entry: ['bin.js'], signal: new AbortController().signal, onEvent: () => undefined };
      writeInventory(lake, work, false);
      assert.doesNotMatch(readFileSync(lake.layout.settings, 'utf8'), /hidden-word/);
      const read = readSettings({ flags: {}, env: {}, cwd: '/nowhere', file: lake.layout.settings });
      assert.deepEqual({ ...read, alerts: settings.alerts }, settings);
      const inventory = parse(readFileSync(lake.layout.inventory, 'utf8')) as {
        all: { vars: Record<string, unknown> };
      };
      assert.deepEqual(inventory.all.vars['lake_command'], [process.execPath, 'bin.js']);
      assert.equal(inventory.all.vars['lake_produce'], false);
    }));
});
