import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { renderInventory, type InventoryFacts } from '../../../../src/aws/hosts/inventory.ts';

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
