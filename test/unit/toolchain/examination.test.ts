import assert from 'node:assert/strict';
import { examineToolchain } from '../../../src/toolchain/examination.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('what doctor says of Maven', () => {
  const folder = temporaryFolder();

  for (const [needsMaven, state] of [
    [true, 'fault'],
    [false, 'ok'],
  ] as const) {
    it(`is ${state} where there is none and it is ${needsMaven ? '' : 'not '}needed`, async () => {
      const env = { ...process.env, CRYPTODM_MVN: '/bin/false' };
      const settings = readSettings({ flags: {}, env: {}, cwd: folder.path });
      const findings = await examineToolchain(settings, env, { needsMaven });
      assert.equal(findings.find(({ what }) => what === 'maven')?.state, state);
    });
  }
});
