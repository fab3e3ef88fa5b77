import * as z from 'zod';
import type { CreatedTable } from '../../lake-target.ts';
import { callFunction } from './function-calls.ts';
import type { AwsLake } from '../lake.ts';

const answerSchema = z.object({
  tables: z.array(z.object({ name: z.string(), action: z.string(), added: z.array(z.string()).optional() })),
  views: z.array(z.string()).optional(),
});

/** Calls the function that creates the tables and views of the spec, or adds the columns that they lack. */
export async function createAwsTables(lake: AwsLake, signal: AbortSignal): Promise<CreatedTable[]> {
  const { tables, views = [] } = answerSchema.parse(await callFunction(lake, 'create-tables', {}, signal));
  return [...tables, ...views.map((name) => ({ name, action: 'view' }))];
}
