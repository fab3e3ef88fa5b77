import * as z from 'zod';
import { brokerSchema } from '../../tools/broker.ts';

const heartbeatSchema = z.object({
  file: z.string(),
  /** what makes progress, for people */
  name: z.string(),
  /** the topic that it reads */
  follows: brokerSchema.extend({ topic: z.string() }).optional(),
});

/** A progress file, which shows whether a process makes progress, see `docs/contracts.md`. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

export const daemonSchema = z.object({
  /** such as `kafka`, `elasticsearch`, `spark`, `producer-quotes`, `producer-trades` */
  id: z.string(),
  /** name and version for people, such as `Kafka 4.4.0` */
  title: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  /** added to a minimal environment (PATH, HOME, LANG, TMPDIR); secrets reach a process only here */
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  /** file that stdout and stderr are appended to */
  log: z.string(),
  /** milliseconds between SIGTERM and SIGKILL to the process group */
  graceMs: z.number(),
  /** it may end by itself with exit code 0 and is then not started again, as the replay of a recording */
  ends: z.boolean().optional(),
  /** exit code by which it says that its arguments or its spec are wrong: it is then not started again, and the last line of its log says why */
  refuses: z.number().optional(),
  /** heartbeats: a process whose heartbeats stop is started again */
  beats: z.array(heartbeatSchema).optional(),
  /** loopback ports it listens on, so that a start can say who holds one */
  ports: z.array(z.number()),
});

/** A long-running process of the lake, as data: what the supervisor starts, watches and stops. */
export type Daemon = z.infer<typeof daemonSchema>;
