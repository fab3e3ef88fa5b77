import * as z from 'zod';
import { brokerSchema } from '../../tools/broker.ts';
import type { Daemon } from './daemon.ts';

/** What proves that a part works, and that it is this lake's. Data, because the journal holds it. */
export const readinessSchema = z.discriminatedUnion('probe', [
  brokerSchema.extend({ probe: z.literal('kafka') }),
  z.object({
    probe: z.literal('elasticsearch'),
    url: z.string(),
    lake: z.string().optional(),
    credential: z.string().optional(),
  }),
  z.object({
    probe: z.literal('http'),
    url: z.string(),
    /** the lake's folder */
    data: z.string().optional(),
    lake: z.string().optional(),
  }),
]);

export type Readiness = z.infer<typeof readinessSchema>;

/** Ids of steps that a part may need, as journals hold them. */
export type PartNeed =
  'resident' | 'spec' | 'topics' | 'kafka-folder' | 'elasticsearch-folder' | 'checkpoints-folder' | 'temporary-folder';

/** A part of the lake: its process, and what its start needs. */
export interface LakePart {
  daemon: Daemon;
  /** configuration that it reads at its start */
  files?: { path: string; text: string }[];
  /** absent when another step waits for what it does */
  ready?: Readiness;
  /** steps that must be there before it starts */
  needs: readonly PartNeed[];
  /** it reads the spec: a changed spec starts it again */
  readsSpec?: boolean;
  /** parts that must still run when it is stopped */
  stopsBefore?: readonly string[];
  /** where keys of the market data may be, besides the environment; absent for a part that gets none */
  keys?: { file: string | undefined };
}
