import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { kindsFor } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';
import { heldPorts, type Part } from '../supervisor/parts.ts';
import { daemonSchema, type Daemon } from '../parts/daemon.ts';
import { readinessSchema } from '../parts/part.ts';
import { isReady } from '../parts/readiness.ts';
import { accepts, requirePort, strangerAt, takenPort } from '../ports.ts';
import { isAlive } from '../../tools/process-identity.ts';
import { awaitAnswer, onceIn } from '../../tools/waiting.ts';
import { specOutputs } from './spec.ts';

const inputs = z.object({
  /** the lake's folder */
  data: z.string(),
  daemon: daemonSchema,
  /** files it reads at its start, written before */
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  /** what proves that it works; none where another step does */
  ready: readinessSchema.optional(),
  /** names of environment variables it gets when they are there, from the command line's environment or from `secretsFile` */
  secrets: z.array(z.string()),
  /** file of NAME=value lines, readable by its owner only */
  secretsFile: z.string().optional(),
});

export type DaemonInputs = z.infer<typeof inputs>;

/** What this machine adds to the steps of a lake here. */
export interface LocalSession {
  /** environment variables, of which some may hold keys of the market data */
  env: NodeJS.ProcessEnv;
}

/** Of a step that runs by the spec: a changed spec starts it again. */
interface Taken {
  spec?: z.infer<typeof specOutputs> | undefined;
}

const readyWithinMs = 120_000;

/** Each look takes processor time from the parts that are starting. */
const readyEveryMs = 50;

/** How often to look whether it is still alive. */
const lookEveryMs = 500;

/** More deaths than this before it is ready end the wait; deaths before this start do not count. */
const mostDeaths = 2;

/** A long-running part: started through the supervisor, ready when a probe has shown it. */
export const daemon = kindsFor<LocalSession>()({
  name: 'daemon',
  inputs,
  takes: { spec: specOutputs.optional() },

  check: async (inputs, _outputs, { taken }) => {
    const described = describe(inputs, taken);
    const part = await partOf(inputs);
    const configured = inputs.files.every(({ path, text }) => existsSync(path) && readFileSync(path, 'utf8') === text);
    const lives = part?.state === 'ended' || (part?.process !== undefined && isAlive(part.process));
    const same = configured && lives && part !== undefined && sameDaemon(part.daemon, described);
    return same && (await isReady(inputs.ready)) ? { detail: address(described) } : undefined;
  },

  run: async (inputs, { taken, session, signal }) => {
    const described = describe(inputs, taken);
    const known = await partOf(inputs);
    const held = heldPorts(known === undefined ? [] : [known]);
    for (const port of described.ports) await requirePort(port, described.title, held);
    const client = new SupervisorClient(inputs.data);
    if (configure(inputs.files)) await client.remove(described.id);
    const logFrom = existsSync(described.log) ? statSync(described.log).size : 0;
    const { part } = await client.ensure(described, readSecrets(session.env, inputs));
    if (part.state === 'failed') throw await died(part, logFrom);
    const isTimeToLook = onceIn(lookEveryMs);
    const ready = await awaitAnswer(
      async () => {
        if ((await accept(described.ports)) && (await isReady(inputs.ready))) return true;
        if (!isTimeToLook()) return undefined;
        client.requireLife();
        const now = await partOf(inputs);
        const deaths = (now?.restarts ?? 0) - part.restarts;
        requireOwnPorts(now);
        if (now === undefined || now.state === 'failed' || deaths > mostDeaths) throw await died(now ?? part, logFrom);
        return undefined;
      },
      { withinMs: readyWithinMs, everyMs: readyEveryMs, signal },
    );
    if (ready === undefined) {
      throw new Fault('part', `${described.title} did not get ready within ${String(readyWithinMs / 1000)} s`, {
        where: described.log,
        next: `See "cryptodm logs ${described.id}".`,
      });
    }
    return { detail: address(described) };
  },

  undo: async (inputs) => {
    await new SupervisorClient(inputs.data).remove(inputs.daemon.id);
  },
});

/** Writes the files that differ. True when one of them had other content before. */
function configure(files: DaemonInputs['files']): boolean {
  let changed = false;
  for (const { path, text } of files) {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    if (before === text) continue;
    changed ||= before !== undefined;
    writeFileSync(path, text, { mode: 0o600 });
  }
  return changed;
}

/** The daemon with what only the run knows: the spec it must run by. */
function describe({ daemon }: DaemonInputs, { spec }: Taken): Daemon {
  return spec === undefined ? daemon : { ...daemon, env: { ...daemon.env, CRYPTODM_SPEC_HASH: spec.hash } };
}

function sameDaemon(left: Daemon, right: Daemon): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

async function partOf(inputs: DaemonInputs): Promise<Part | undefined> {
  return (await new SupervisorClient(inputs.data).parts()).find((part) => part.daemon.id === inputs.daemon.id);
}

/** Whether each port accepts connections: that is quick to find out, where a client's attempt is not. */
async function accept(ports: number[]): Promise<boolean> {
  for (const port of ports) if (!(await accepts(port))) return false;
  return true;
}

/** @throws Fault of kind `environment` when another process has taken a port of the part since */
function requireOwnPorts(part: Part | undefined): void {
  if (part === undefined) return;
  const own = part.process === undefined ? [] : [part.process.pid];
  for (const port of part.daemon.ports) {
    const stranger = strangerAt(port, own);
    if (stranger !== undefined) throw takenPort(port, part.daemon.title, stranger);
  }
}

/** Why a part does not stay up: another process has taken its port since, or what its log says. */
async function died(part: Part, logFrom: number): Promise<Fault> {
  for (const port of part.daemon.ports) await requirePort(port, part.daemon.title, heldPorts([part]));
  const said = existsSync(part.daemon.log) ? readFileSync(part.daemon.log).subarray(logFrom).toString('utf8') : '';
  const tail = said.trimEnd().split('\n').slice(-8).join('\n');
  return new Fault(
    'part',
    `${part.daemon.title} does not stay up (${part.lastExit ?? 'it ended'})${tail === '' ? '' : `:\n${tail}`}`,
    {
      where: part.daemon.log,
      next: `See "cryptodm logs ${part.daemon.id}".`,
    },
  );
}

function address(described: Daemon): string | undefined {
  return described.ports[0] === undefined ? undefined : `127.0.0.1:${String(described.ports[0])}`;
}

/** Secrets by the names of their variables, from the environment or the file. @throws Fault when the file can be read by others */
export function readSecrets(
  env: NodeJS.ProcessEnv,
  inputs: Pick<DaemonInputs, 'secrets' | 'secretsFile'>,
): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = inputs.secretsFile === undefined ? [] : readSecretLines(inputs.secretsFile);
  for (const name of inputs.secrets) {
    const value = env[name] ?? lines.find(([candidate]) => candidate === name)?.[1];
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}

function readSecretLines(file: string): [string, string][] {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new Fault('settings', `${file} can be read by others`, { where: file, next: `chmod 600 ${file}` });
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('settings', `can't read the keys in ${file}`, {
      where: file,
      next: 'Correct "alpaca.keys".',
      cause: error,
    });
  }
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Z_]+)\s*=\s*"?([^"]*)"?\s*$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as [string, string]];
  });
}
