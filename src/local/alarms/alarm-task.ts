import { openChannels } from './channels.ts';
import { AlarmWatch } from './watch.ts';
import { alarms } from '../../lake/alarms.ts';
import { secretSettings } from '../../settings/defaults.ts';
import { readOrigin } from '../../settings/remembered.ts';
import type { Settings } from '../../settings/schema.ts';
import { environmentName, readSettings } from '../../settings/settings.ts';
import type { SupervisorTask } from '../supervisor/server.ts';
import { LocalLake } from '../lake.ts';
import { layOut } from '../layout.ts';
import { BacklogWatch } from '../status/backlog.ts';
import { StatusCache } from '../status/status-cache.ts';

const evaluateEveryMs = 10_000;
/** `up` needs the processor first */
const settleMs = 20_000;
/** a retry waits a second at least */
const deliverEveryMs = 500;

/** Evaluates the alarms of a lake on this machine in its supervisor, and answers there with the lake's status. */
export function alarmTask(data: string, env: NodeJS.ProcessEnv): SupervisorTask {
  const timers: NodeJS.Timeout[] = [];
  const begun = performance.now();
  let watch: AlarmWatch | undefined;
  /** the last valid ones: a settings file that is being written must not switch the alarms off */
  let known: Settings | undefined;
  let turn: Promise<void> | undefined;
  const settings = () => {
    try {
      known = supervisorSettings(data, env);
    } catch (error) {
      if (known === undefined) throw error;
    }
    return known;
  };
  const backlogs = new BacklogWatch();
  const cache = new StatusCache(async () => {
    const its = settings();
    if (its === undefined) throw new Error('no "up" has been here yet');
    // Loaded late, so that the supervisor starts quickly.
    const { collectStatus } = await import('../status/status.ts');
    return collectStatus(new LocalLake(its), backlogs);
  });
  return {
    answers: { 'GET /status': ({ query }) => cache.ask(query.age) },
    start: (log) => {
      const look = async () => {
        const its = settings();
        if (its === undefined) return { problems: [], channels: [] };
        const { problems } = (await cache.ask(0)).status;
        return { problems, channels: openChannels(its.alerts, env) };
      };
      const started = new AlarmWatch({ alarms, data, file: layOut(data).alarms, look, log });
      watch = started;
      const evaluate = () => {
        if (performance.now() - begun >= settleMs) turn ??= started.evaluate().finally(() => (turn = undefined));
      };
      const deliver = () => {
        started.deliver();
      };
      timers.push(setInterval(evaluate, evaluateEveryMs), setInterval(deliver, deliverEveryMs));
    },
    end: async () => {
      for (const timer of timers) clearInterval(timer);
      await watch?.end();
    },
  };
}

/**
 * The settings as the last `up` found them, read each time, so that a change of the file counts at once; undefined before the first `up`.
 * What may be secret is taken from our own environment only.
 */
export function supervisorSettings(data: string, env: NodeJS.ProcessEnv): Settings | undefined {
  const origin = readOrigin(data);
  if (origin === undefined) return undefined;
  const names = secretSettings.map(environmentName);
  const secrets = Object.fromEntries(names.map((name) => [name, env[name]]));
  return readSettings({
    ...{ flags: { paths: { data } }, cwd: origin.cwd, file: origin.config },
    env: { HOME: env['HOME'], ...origin.env, ...secrets },
  });
}
