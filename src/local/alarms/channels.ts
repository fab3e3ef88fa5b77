import { execa, ExecaError } from 'execa';
import type { Notification } from './notification.ts';

export type ChannelId = 'webhook' | 'command';

/** A way to deliver notifications. */
export interface Channel {
  id: ChannelId;
  /** Rejects when it was not delivered, with a reason that holds no secret. */
  deliver: (notification: Notification, signal: AbortSignal) => Promise<void>;
}

/** Where notifications go, as the settings say it. */
export interface ChannelSettings {
  /** an address that may itself be a secret */
  webhook?: string | undefined;
  /** a program and its arguments; it reads the notification from stdin */
  command?: readonly string[] | undefined;
}

const withinMs = 30_000;

/** What a command of the user gets of our environment: no keys of ours. */
const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ', 'USER', 'DISPLAY', 'DBUS_SESSION_BUS_ADDRESS'];

/** @param env of this process, for the command */
export function openChannels({ webhook, command = [] }: ChannelSettings, env: NodeJS.ProcessEnv): Channel[] {
  const [program, ...args] = command;
  return [
    ...(webhook === undefined ? [] : [webhookTo(webhook)]),
    ...(program === undefined ? [] : [commandOf(program, args, chosenFrom(env))]),
  ];
}

function webhookTo(url: string): Channel {
  return {
    id: 'webhook',
    deliver: async (notification, signal) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'cryptodm' },
        body: JSON.stringify(notification),
        // Only the given address may receive it.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      }).catch((error: unknown) => {
        // The message may hold the address; the code does not.
        throw new Error(`the webhook can't be reached: ${codeOf(error)}`);
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the webhook answers ${String(response.status)}`);
    },
  };
}

function codeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}

function commandOf(program: string, args: string[], env: Record<string, string>): Channel {
  return {
    id: 'command',
    deliver: async (notification, signal) => {
      try {
        await execa(program, args, {
          input: `${JSON.stringify(notification)}\n`,
          ...{ env, extendEnv: false, stdout: 'ignore', stderr: 'ignore' },
          ...{ timeout: withinMs, cancelSignal: signal, forceKillAfterDelay: 2000 },
        });
      } catch (error) {
        // Its arguments may be secret.
        throw new Error(`the command ${endOf(error)}`);
      }
    },
  };
}

function chosenFrom(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    inherited.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function endOf(error: unknown): string {
  if (!(error instanceof ExecaError)) return 'failed';
  if (error.timedOut) return `did not end within ${String(withinMs / 1000)} s`;
  if (error.exitCode !== undefined) return `ended with exit code ${String(error.exitCode)}`;
  return error.signal === undefined ? `could not be started: ${error.code ?? 'unknown'}` : `ended by ${error.signal}`;
}
