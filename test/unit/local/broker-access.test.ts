import assert from 'node:assert/strict';
import { LocalLake } from '../../../src/local/lake.ts';
import { localPlace } from '../../../src/local/lake-steps.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { temporaryFolder, writeFiles } from '../../support/folders.ts';

describe('the broker of a lake', () => {
  const root = temporaryFolder();
  const lakeWith = (broker?: string) => {
    const access = broker === undefined ? {} : { access: { broker } };
    return new LocalLake(readSettings({ flags: { paths: { data: root.path }, ...access }, env: {}, cwd: root.path }));
  };
  const runsWith = (protocol: string) =>
    writeFiles(root.path, {
      'kafka/server.properties': `listener.security.protocol.map=BROKER:${protocol},CONTROLLER:X\n`,
    });

  it('asks for the credential unless the settings open it', () => {
    const lake = lakeWith();
    assert.equal(lake.declaredBroker.credential, lake.layout.credential);
    assert.equal(lakeWith('open').declaredBroker.credential, undefined);
    assert.throws(() => lakeWith('closed'), /access\.broker is "closed": must be/);
  });

  it('is asked as it was started until the next "up", by an earlier version or with other settings', () => {
    assert.equal(lakeWith().broker.credential, lakeWith().layout.credential, 'before its first start');
    runsWith('PLAINTEXT');
    assert.equal(lakeWith().broker.credential, undefined);
    assert.equal(lakeWith().signIn?.servers.includes('Kafka'), false);
    runsWith('SASL_PLAINTEXT');
    const opened = lakeWith('open');
    assert.equal(opened.broker.credential, opened.layout.credential);
    assert.deepEqual([opened.signIn?.user, opened.signIn?.file], ['cryptodm', opened.layout.credential]);
    assert.ok(opened.signIn?.servers.includes('Kafka'));
  });

  it('is named to jobs and producers with the file of the credential, and with nothing when it is open', () => {
    const closed = lakeWith();
    const { properties } = localPlace(closed.settings, closed.layout).kafka;
    assert.equal(properties['config.providers.lake.param.file'], closed.layout.credential);
    assert.match(properties['sasl.jaas.config'] ?? '', /username="cryptodm" password="\$\{lake:credential\}";$/);
    const open = lakeWith('open');
    assert.deepEqual(localPlace(open.settings, open.layout).kafka.properties, {});
  });
});
