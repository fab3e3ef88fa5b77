import { tmpdir } from 'node:os';
import { readHolder } from '../../engine/lock.ts';
import { supervisorSettings } from '../alarms/alarm-task.ts';
import { LocalLake } from '../lake.ts';
import { layOut } from '../layout.ts';
import { liveIndex, parseIndexes } from '../../tools/index-state.ts';
import { requestSearch } from '../../tools/search-request.ts';
import { isAlive } from '../../tools/process-identity.ts';
import { runFolder } from '../supervisor/parts.ts';
import { commandStarter, readRepair } from '../supervisor/schedules.ts';
import type { SupervisorTask } from '../supervisor/server.ts';
import { FillWatch } from './fill-watch.ts';

const lookEveryMs = 3000;
const answerWithinMs = 2000;

/** Has the index of a lake on this machine filled from the tables when it was made again. */
export function fillTask(data: string, env: NodeJS.ProcessEnv): SupervisorTask {
  const run = runFolder(data, tmpdir());
  let watch: FillWatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    answers: {},
    start: (log) => {
      const started = new FillWatch({
        isLacking: () => isLacking(data, env),
        command: () => readRepair(run.schedules.declared, 'fill'),
        start: commandStarter(env, run.parts),
        log,
      });
      watch = started;
      timer = setInterval(() => void started.tick(), lookEveryMs);
    },
    end: async () => {
      clearInterval(timer);
      await watch?.end();
    },
  };
}

/** Whether the index that answers says that it lacks rows of the table; undefined when nothing answers, or while a run brings them. */
async function isLacking(data: string, env: NodeJS.ProcessEnv): Promise<boolean | undefined> {
  const holder = readHolder(layOut(data).indexLock);
  if (holder !== undefined && isAlive(holder)) return undefined;
  try {
    const settings = supervisorSettings(data, env);
    if (settings === undefined) return undefined;
    const lake = new LocalLake(settings);
    const { indexes } = await lake.declaration();
    const name = lake.indexName(indexes[0]?.name ?? '');
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await requestSearch(lake.search, `/${name}?expand_wildcards=all`, { signal });
    if (!response.ok) return undefined;
    const live = liveIndex(parseIndexes(await response.json()), name);
    return live === undefined ? undefined : live.fill !== undefined && !live.isClosed;
  } catch {
    return undefined;
  }
}
