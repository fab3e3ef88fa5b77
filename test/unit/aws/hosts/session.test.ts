import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { requireSessionPlugin, sessionScript } from '../../../../src/aws/hosts/session.ts';
import { Fault } from '../../../../src/errors.ts';
import { withFolder } from '../../../support/folders.ts';

/** Nobody has run it against Session Manager: its helper of AWS can't be had here. */
describe('the way to the host through Session Manager', () => {
  it('is a session of the document for SSH, whatever signs are in the path of the command line', () =>
    withFolder(async (folder) => {
      const venv = join(folder, `it's 100% $HOME "venv"`);
      mkdirSync(join(venv, 'bin'), { recursive: true });
      const noted = join(folder, 'noted');
      writeFileSync(
        join(venv, 'bin/python'),
        `#!/bin/sh\nfor one in "$@"; do printf '%s\\n' "$one"; done > '${noted}'\nexit 3\n`,
        { mode: 0o700 },
      );
      const script = join(folder, 'session');
      writeFileSync(script, sessionScript(venv, { instanceId: 'i-0abc', region: 'eu-west-1' }), { mode: 0o700 });
      // As ssh does it: the connection ends as soon as the program does.
      const args = [
        '-F',
        '/dev/null',
        '-o',
        `ProxyCommand=${script}`,
        '-o',
        'BatchMode=yes',
        'ec2-user@i-0abc',
        'true',
      ];
      const { exitCode } = await execa('ssh', args, { reject: false, stdin: 'ignore' });
      assert.equal(exitCode, 255);
      assert.deepEqual(readFileSync(noted, 'utf8').trimEnd().split('\n'), [
        join(venv, 'bin/aws'),
        ...['ssm', 'start-session', '--target', 'i-0abc', '--document-name', 'AWS-StartSSHSession'],
        ...['--parameters', 'portNumber=22', '--region', 'eu-west-1'],
      ]);
    }));

  it('is refused before anything runs where the helper of AWS is missing', () =>
    withFolder(async (folder) => {
      await assert.rejects(
        requireSessionPlugin({ PATH: folder }),
        (error) =>
          error instanceof Fault && error.kind === 'environment' && /"aws\.host\.connection"/.test(error.next ?? ''),
      );
      writeFileSync(join(folder, 'session-manager-plugin'), '#!/bin/sh\nexit 0\n', { mode: 0o700 });
      await requireSessionPlugin({ PATH: folder });
    }));
});
