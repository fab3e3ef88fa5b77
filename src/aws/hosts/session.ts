import { execa } from 'execa';
import { Fault } from '../../errors.ts';

/** AWS's helper of its command line for sessions; it comes from no package registry. */
export const sessionPlugin = 'session-manager-plugin';

export const sessionPluginHelp =
  'Install it: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';

export interface HostSession {
  instanceId: string;
  region: string;
}

/**
 * The program that ssh talks through instead of a port of the host: AWS's command line opens a session of the document for SSH
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html).
 * It is a script because ssh takes a command line only, which a shell would read.
 * @param venv virtual environment that has AWS's command line
 */
export function sessionScript(venv: string, { instanceId, region }: HostSession): string {
  const command = [
    ...[`${venv}/bin/python`, `${venv}/bin/aws`, 'ssm', 'start-session', '--target', instanceId],
    ...['--document-name', 'AWS-StartSSHSession', '--parameters', 'portNumber=22', '--region', region],
  ];
  const quoted = command.map((argument) => `'${argument.replaceAll("'", "'\\''")}'`);
  return `#!/bin/sh\nexec ${quoted.join(' ')}\n`;
}

/** @throws Fault of kind `environment` when AWS's helper is not in the PATH */
export async function requireSessionPlugin(env: NodeJS.ProcessEnv): Promise<void> {
  const asked = await execa(sessionPlugin, ['--version'], { env, stdin: 'ignore', reject: false, timeout: 5000 });
  if (asked.code !== 'ENOENT') return;
  throw new Fault('environment', `no ${sessionPlugin} in the PATH, by which "aws.host.connection" reaches the host`, {
    where: sessionPlugin,
    next: `${sessionPluginHelp}. Or set "aws.host.connection" to ssh.`,
  });
}
