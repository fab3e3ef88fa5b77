import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../../src/errors.ts';
import { choicesOf, renderProduction } from '../../../src/settings/production.ts';
import { remember } from '../../../src/settings/remembered.ts';
import { explainSettings } from '../../../src/settings/origins.ts';
import { readSettings, renderEnvironment } from '../../../src/settings/settings.ts';
import { parseSeconds } from '../../../src/settings/schema.ts';
import { renderSettingsFile } from '../../../src/settings/template.ts';
import { withFolder } from '../../support/folders.ts';

const faultOf = (act: () => unknown): Fault => {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
};

describe('settings', () => {
  it('take flags over the environment over the file over the defaults', () =>
    withFolder((cwd) => {
      writeFileSync(join(cwd, 'cryptodm.yaml'), 'ports: { kafka: 1001, controller: 1002, elasticsearch: 1003 }\n');
      const env = {
        CRYPTODM_PORTS_CONTROLLER: '2002',
        CRYPTODM_PORTS_ELASTICSEARCH: '2003',
        CRYPTODM_PATHS_DATA: join(cwd, 'lake'),
      };
      const settings = readSettings({ flags: { ports: { elasticsearch: '3003' } }, env, cwd });
      assert.deepEqual(settings.ports, { kafka: 1001, controller: 2002, elasticsearch: 3003, dashboard: 29_080 });
      assert.equal(settings.source, 'auto');
    }));

  it('go to a process of ours as they are, whatever its own folder holds', () =>
    withFolder((cwd) => {
      const file = 'coins: [ETH/USD, SOL/USD]\ntriggers: { layers: 2s }\nalpaca: { keys: secrets/alpaca }\n';
      writeFileSync(join(cwd, 'cryptodm.yaml'), file);
      const settings = readSettings({ flags: { paths: { data: 'lake' } }, env: { CRYPTODM_PORTS_KAFKA: '1001' }, cwd });
      const { aws, elastic, ...local } = readSettings({ flags: {}, env: renderEnvironment(settings), cwd: tmpdir() });
      assert.deepEqual({ ...local, aws, elastic }, settings);
    }));

  it('remember the flags that the lake was raised with', () =>
    withFolder((cwd) => {
      const data = join(cwd, 'lake');
      remember(data, { source: 'simulate', coins: 'ETH/USD' });
      const settings = readSettings({ flags: { coins: 'SOL/USD', paths: { data } }, env: {}, cwd });
      assert.equal(settings.source, 'simulate');
      assert.deepEqual(settings.coins, ['SOL/USD']);
    }));

  it('show every fault of a file at once, with line, wrong value and what is allowed', () =>
    withFolder((cwd) => {
      const text = 'coins: [BTC-USD]\nsource: foo\nports:\n  kafka: 99999\n  kafak: 1\ntriggers:\n  quotes: never\n';
      writeFileSync(join(cwd, 'cryptodm.yaml'), text);
      const fault = faultOf(() => readSettings({ flags: {}, env: { CRYPTODM_MEMORY_SPARK: 'lots' }, cwd }));
      assert.equal(fault.exitCode, 3);
      assert.deepEqual(fault.message.split('\n').sort(), [
        'CRYPTODM_MEMORY_SPARK: memory.spark is "lots": must be a whole number from 256 to 262144',
        'cryptodm.yaml:1: coins is ["BTC-USD"]: BTC-USD is not a pair such as BTC/USD',
        'cryptodm.yaml:2: source is "foo": must be auto, alpaca, simulate, replay:FILE, or one or several of coinbase, kraken, alpaca-stream',
        'cryptodm.yaml:4: ports.kafka is 99999: must be a whole number from 1 to 65535',
        'cryptodm.yaml:5: unknown setting ports.kafak; did you mean ports.kafka?',
        'cryptodm.yaml:7: triggers.quotes is "never": must be a time from 0.1s to 3600s, such as 5s or 2m',
      ]);
    }));

  it('take several exchanges, and for a coin another one that makes its bars', () => {
    const env = {
      CRYPTODM_MARKET_KRAKEN_STREAM: 'ws://127.0.0.1:7001',
      CRYPTODM_MARKET_BARS: 'eth/usd = kraken, SOL/USD=coinbase',
    };
    const settings = readSettings({ flags: { source: 'coinbase, kraken' }, env, cwd: '/nowhere' });
    assert.equal(settings.source, 'coinbase,kraken');
    assert.deepEqual(renderProduction(settings).market, {
      streams: {
        coinbase: 'wss://ws-feed.exchange.coinbase.com',
        kraken: 'ws://127.0.0.1:7001',
        'alpaca-stream': 'wss://stream.data.alpaca.markets/v1beta3/crypto/us',
      },
      urls: {
        coinbase: 'https://api.exchange.coinbase.com',
        kraken: 'https://api.kraken.com',
        'alpaca-stream': 'https://data.alpaca.markets',
      },
      bars: { 'ETH/USD': 'kraken', 'SOL/USD': 'coinbase' },
    });
    assert.equal(settings.market.keep, 30);
    const handed = readSettings({ flags: {}, env: renderEnvironment(settings), cwd: '/nowhere' });
    assert.deepEqual(handed, settings);
  });

  it('refuse executors that no partition of a topic is left for', () => {
    const given = (executors: string, partitions: string) =>
      readSettings({
        flags: { target: 'aws' },
        env: { CRYPTODM_AWS_EMR_EXECUTORS: executors, CRYPTODM_TOPICS_PARTITIONS: partitions },
        cwd: '/nowhere',
      });
    assert.equal(given('6', '6').aws.emr.executors, 6);
    assert.match(
      faultOf(() => given('6', '5')).message,
      /aws.emr.executors is "?6"?: 6 x 1 tasks at the same time, and a topic has 5 partitions/,
    );
  });

  it('take every release of EMR 7 from 7.12 on', () => {
    const release = (text: string) =>
      readSettings({ flags: {}, env: { CRYPTODM_AWS_EMR_RELEASE: text }, cwd: '/nowhere' }).aws.emr.release;
    for (const text of ['emr-7.12.0', 'emr-7.14.0', 'emr-7.14.1', 'emr-7.20.0']) assert.equal(release(text), text);
    for (const text of ['emr-7.11.0', 'emr-8.0.0', '7.14.0', 'emr-7.14']) assert.throws(() => release(text), text);
  });

  it('take coins that were renamed, also several times, and hand them on', () => {
    const env = { CRYPTODM_RENAMED: 'matic = pol, A=B,B=C' };
    const settings = readSettings({ flags: {}, env, cwd: '/nowhere' });
    assert.deepEqual(choicesOf(settings).renamed, { MATIC: 'POL', A: 'B', B: 'C' });
    assert.deepEqual(readSettings({ flags: {}, env: renderEnvironment(settings), cwd: '/nowhere' }), settings);
  });

  const renamings: [string, string, RegExp][] = [
    ['a pair', 'MATIC/USD=POL/USD', /: must be renamed coins OLD=NEW, such as MATIC=POL$/],
    ['another ratio', 'LEND=AAVE:0.01', /: must be renamed coins OLD=NEW, such as MATIC=POL$/],
    ['no new name', 'MATIC', /: must be renamed coins OLD=NEW, such as MATIC=POL$/],
    ['two new names', 'MATIC=POL,MATIC=PGN', /: MATIC is renamed twice$/],
    ['two coins that become one', 'A=C,B=C', /: C is the new name of two coins, which is no renaming$/],
    ['a circle', 'A=B,B=C,C=A', /: A gets back to its own name$/],
    ['the same name', 'A=A', /: A gets back to its own name$/],
  ];
  for (const [what, renamed, message] of renamings) {
    it(`refuse a renaming with ${what}`, () => {
      const fault = faultOf(() => readSettings({ flags: {}, env: { CRYPTODM_RENAMED: renamed }, cwd: '/nowhere' }));
      assert.equal(fault.exitCode, 3);
      assert.match(fault.message, message);
    });
  }

  it('refuse exchanges that are named twice, and choices that nobody could keep', () => {
    const refusal = (source: string, market: object) =>
      faultOf(() => readSettings({ flags: { source, market }, env: {}, cwd: '/nowhere' })).message;
    assert.equal(refusal('kraken,kraken', {}), '--source: source is "kraken,kraken": kraken occurs twice');
    assert.match(refusal('coinbase,simulate', {}), /^--source: source is "coinbase,simulate": must be auto, alpaca, /);
    assert.equal(
      refusal('coinbase', { bars: ['ETH/USD=kraken'] }),
      '--market-bars: market.bars is ["ETH/USD=kraken"]: kraken makes no bars of ETH/USD: source is coinbase',
    );
    assert.match(refusal('auto', { bars: ['ETH/USD=kraken'] }), /kraken makes no bars of ETH\/USD: source is auto$/);
    assert.match(refusal('kraken', { bars: 'ETH/USD=kraken,eth/usd=kraken' }), /: ETH\/USD occurs twice$/);
    assert.match(refusal('kraken', { bars: ['ETH/USD'] }), /: must be choices PAIR=EXCHANGE, such as ETH\/USD=kraken$/);
    assert.match(
      refusal('kraken', { kraken: { stream: 'https://ws.kraken.com' } }),
      /: must be an address that starts with ws:\/\/ or wss:\/\//,
    );
  });

  it('take a command for alarms as a list, and never show an address that may be a secret', () =>
    withFolder((cwd) => {
      const env = { CRYPTODM_ALERTS_COMMAND: '["page", "the owner"]' };
      assert.deepEqual(readSettings({ flags: {}, env, cwd }).alerts.command, ['page', 'the owner']);
      writeFileSync(join(cwd, 'cryptodm.yaml'), 'alerts: { webhook: hooks/T0KEN }\n');
      const wrong = { CRYPTODM_ALERTS_COMMAND: 'page the owner' };
      const fault = faultOf(() => readSettings({ flags: {}, env: wrong, cwd }));
      assert.deepEqual(fault.message.split('\n').sort(), [
        'CRYPTODM_ALERTS_COMMAND: alerts.command is "page the owner": must be a list, such as ["notify-send", "lake"]',
        'cryptodm.yaml:1: alerts.webhook must be an address that starts with http:// or https://',
      ]);
      assert.ok(!JSON.stringify(fault.facts).includes('T0KEN'));
    }));

  it('pass the receivers of alarms to no other process', () => {
    const alerts = { webhook: 'https://hooks.example.com/T0KEN', command: ['page'] };
    const handed = renderEnvironment(readSettings({ flags: { alerts }, env: {}, cwd: '/nowhere' }));
    assert.equal(handed['CRYPTODM_SOURCE'], 'auto');
    assert.doesNotMatch(JSON.stringify(handed), /T0KEN|ALERTS/);
  });

  it('take no recording where the producers are containers', () => {
    const given = { target: 'aws', source: 'replay:day.csv', aws: { producers: 'fargate' } };
    const read = (flags: object) => readSettings({ flags: flags as never, env: {}, cwd: tmpdir() });
    assert.throws(() => read(given), /a task of Fargate has no disk with a recording/);
    assert.equal(read({ ...given, target: 'local' }).aws.producers, 'fargate');
    assert.equal(read({ ...given, source: 'simulate' }).aws.containers.architecture, 'amd64');
  });

  it('name the line of broken YAML', () =>
    withFolder((cwd) => {
      writeFileSync(join(cwd, 'cryptodm.yaml'), 'source: auto\nports: [\n');
      const fault = faultOf(() => readSettings({ flags: {}, env: {}, cwd }));
      assert.match(fault.message, /^cryptodm\.yaml:\d+: /);
    }));

  it('refuse a file that was named and is not there', () =>
    withFolder((cwd) => {
      const fault = faultOf(() => readSettings({ flags: {}, env: {}, cwd, file: 'other.yaml' }));
      assert.match(fault.message, /no file .*other\.yaml/);
    }));

  it('can’t be changed afterwards', () =>
    withFolder((cwd) => {
      const settings = readSettings({ flags: {}, env: {}, cwd });
      assert.throws(() => ((settings.ports as { kafka: number }).kafka = 1), TypeError);
    }));

  it('are all in the commented file, which is valid without the comment marks', () =>
    withFolder((cwd) => {
      const uncommented = renderSettingsFile({}).replace(/^# ?((?: {2})?[a-zA-Z]+:)/gm, '$1');
      writeFileSync(join(cwd, 'cryptodm.yaml'), uncommented);
      const settings = readSettings({ flags: {}, env: {}, cwd });
      assert.match(settings.alpaca.keys ?? '', /alpaca\.env$/);
      assert.match(settings.paths.data, /\.local\/share\/cryptodm$/);
      const defaults = readSettings({ flags: {}, env: {}, cwd: '/' });
      // Settings without a default have a sample there.
      const { prefix, profile, email, caller, ...aws } = settings.aws;
      assert.deepEqual(
        [prefix, profile, email, caller, settings.elastic.url, settings.alerts.webhook].map((sample) => typeof sample),
        Array.from({ length: 6 }, () => 'string'),
      );
      assert.deepEqual(settings.alerts.command, ['/usr/local/bin/page-me', 'crypto']);
      const elastic = { cloud: settings.elastic.cloud };
      assert.deepEqual(
        { ...settings, alerts: {}, aws, elastic, alpaca: defaults.alpaca, paths: defaults.paths },
        defaults,
      );
    }));
});

describe('a misspelt setting', () => {
  const faults = (text: string, env: NodeJS.ProcessEnv = {}) =>
    withFolder((cwd) => {
      writeFileSync(join(cwd, 'cryptodm.yaml'), text);
      return faultOf(() => readSettings({ flags: {}, env, cwd })).message.split('\n');
    });

  it('gets a suggestion: another spelling, or the group that it belongs to', async () => {
    assert.deepEqual(await faults('targt: local\nspeed: 2\nport: { kafka: 1 }\nnonsense: 1\n'), [
      'cryptodm.yaml:1: unknown setting targt; did you mean target?',
      'cryptodm.yaml:2: unknown setting speed; did you mean quotes.speed?',
      'cryptodm.yaml:3: unknown setting port; did you mean ports?',
      'cryptodm.yaml:4: unknown setting nonsense',
    ]);
  });

  it('is refused in the environment when it is nearly one; others may belong to a script of the user', async () => {
    const env = { CRYPTODM_PORT_KAFKA: '1001', CRYPTODM_MY_SCRIPT: 'x' };
    assert.deepEqual(await faults('', env), ['CRYPTODM_PORT_KAFKA: sets nothing; did you mean CRYPTODM_PORTS_KAFKA?']);
    readSettings({ flags: {}, env: { CRYPTODM_MY_SCRIPT: 'x' }, cwd: '/nowhere' });
  });

  it('is none among the variables of this program and of its tests', () => {
    const names =
      'NODE JAVA_HOME MVN PYTHON PART CALLED_AS TERRAFORM_MIRROR OS_RELEASE TEST_HOSTS TEST_AWAY TEST_CUTS TEST_REPORT';
    const more =
      'TEST_RESULTS TEST_TRUSTSTORE CHECK_CACHE DEPLOYMENT ENDURANCE_MINUTES SCREENSHOTS VERSION UPDATE_SNAPSHOTS SPEC_HASH';
    const env = Object.fromEntries(`${names} ${more}`.split(' ').map((name) => [`CRYPTODM_${name}`, 'x']));
    readSettings({ flags: {}, env, cwd: '/nowhere' });
  });
});

it('two parts on one port are refused', () => {
  const fault = faultOf(() => readSettings({ flags: {}, env: { CRYPTODM_PORTS_KAFKA: '29080' }, cwd: '/nowhere' }));
  assert.match(fault.message, /ports\.dashboard is .*: must be another port than that of ports\.kafka/);
});

describe('where a setting comes from', () => {
  it('is its flag, the last "up", its variable, its line or the default, and no secret is shown', () =>
    withFolder((cwd) => {
      const hook = 'https://hooks.example.com/s3cret';
      writeFileSync(
        join(cwd, 'cryptodm.yaml'),
        `trades: { rate: 3 }\nelastic: { url: "https://me:s3cret@es.example.com" }\n`,
      );
      const data = join(cwd, 'lake');
      remember(data, { source: 'simulate' });
      const sources = {
        flags: { paths: { data } },
        env: { CRYPTODM_QUOTES_RATE: '2', CRYPTODM_ALERTS_WEBHOOK: hook },
        cwd,
      };
      const found = explainSettings(readSettings(sources), sources);
      const one = (name: string) => found.find(({ setting }) => setting === name);
      assert.deepEqual(one('paths.data'), { setting: 'paths.data', value: data, from: 'flag', where: '--data' });
      assert.deepEqual(one('source'), { setting: 'source', value: 'simulate', from: 'flags of up' });
      const variable = { setting: 'quotes.rate', value: 2, from: 'environment', where: 'CRYPTODM_QUOTES_RATE' };
      assert.deepEqual(one('quotes.rate'), variable);
      assert.deepEqual(one('trades.rate'), {
        setting: 'trades.rate',
        value: 3,
        from: 'file',
        where: 'cryptodm.yaml:1',
      });
      assert.deepEqual(one('target'), { setting: 'target', value: 'local', from: 'default' });
      assert.equal(one('aws.prefix')?.value, null);
      assert.doesNotMatch(JSON.stringify(found), /s3cret/);
      assert.throws(() => explainSettings(readSettings(sources), sources, 'prts'), { next: 'Did you mean ports?' });
    }));
});

describe('a length of time', () => {
  it('is read in the usual units', () => {
    assert.deepEqual(
      ['5', '5s', '500ms', '2m', '1h', '7d', '1.5s'].map((text) => parseSeconds(text)),
      [5, 5, 0.5, 120, 3600, 604_800, 1.5],
    );
    assert.equal(parseSeconds('soon'), undefined);
  });
});
