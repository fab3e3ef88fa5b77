import assert from 'node:assert/strict';
import { ask, joinLacks, notKnown } from '../../../../src/aws/preflight/checks.ts';
import { Fault } from '../../../../src/errors.ts';

const lack = (message: string, kind: 'settings' | 'outside' = 'settings') =>
  new Fault(kind, message, { where: 'aws.x', next: `Mend ${message}.` });
const check = (what: string, answer: Fault[] | Error) => ({
  what,
  ask: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
});

describe('questions to the account', () => {
  it('collect what is missing, and name what this user may not ask', async () => {
    const denied = new Fault('outside', 'no permission', { facts: { denied: 'kafka:ListKafkaVersions' } });
    const answers = await ask([
      check('zones', [lack('zones')]),
      check('versions', denied),
      check('rights', notKnown('IAM knows no policies of it')),
      check('quota', Object.assign(new Error('slow down'), { name: 'ThrottlingException' })),
      check('names', []),
    ]);
    assert.deepEqual(
      answers.lacks.map(({ message }) => message),
      ['zones'],
    );
    assert.deepEqual(answers.notKnown, [
      { what: 'versions', why: 'this user has no right to kafka:ListKafkaVersions' },
      { what: 'rights', why: 'IAM knows no policies of it' },
      { what: 'quota', why: 'ThrottlingException: slow down' },
    ]);
  });

  it('end when the account can’t be reached', async () => {
    await assert.rejects(ask([check('quota', new Fault('outside', 'AWS can’t be reached'))]), /can’t be reached/);
  });
});

describe('what is missing', () => {
  it('is one message, with the request that mends each', () => {
    const joined = joinLacks([lack('one'), lack('two', 'outside')]);
    assert.match(
      joined?.message ?? '',
      /^2 things are missing; nothing was made\n- one \(aws\.x\)\n {2}Mend one\.\n- two/,
    );
    assert.equal(joined?.kind, 'outside');
    assert.equal(joinLacks([lack('one'), lack('two')])?.kind, 'settings');
  });

  it('is that fault itself when it is only one', () => {
    const only = lack('one');
    assert.equal(joinLacks([only]), only);
    assert.equal(joinLacks([]), undefined);
  });
});
