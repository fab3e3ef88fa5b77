import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { AwsLake } from '../lake.ts';
import type { CostedResource } from '../costs/resources.ts';
import { isCostTagActive } from '../services/billing.ts';
import { listUnconfirmed } from '../services/subscriptions.ts';
import { replaceFile } from '../../tools/whole-file.ts';

/** The tag by which the budget tells the costs of the lake from others. */
export const costTag = 'lake';

/** What keeps people informed of money and alarms, and does not work yet. */
export interface Guards {
  /** `blind`: the budget sees no costs; `unknown`: only the payer of the account may ask; undefined: there is no budget */
  budget: 'sees' | 'blind' | 'unknown' | undefined;
  /** addresses that get no alarm before their owner agrees */
  unconfirmed: string[];
}

const dayMs = 86_400_000;

/** @param resources in Terraform's state */
export async function examineGuards(lake: AwsLake, resources: CostedResource[], now: Date): Promise<Guards> {
  const has = (type: string) => resources.find((resource) => resource.type === type)?.values;
  const topic = has('aws_sns_topic')?.['arn'];
  const [budget, unconfirmed] = await Promise.all([
    has('aws_budgets_budget') === undefined ? undefined : examineBudget(lake, now),
    typeof topic === 'string' ? listUnconfirmed(lake.connection, topic) : [],
  ]);
  return { budget, unconfirmed };
}

const rememberedSchema = z.object({ at: z.iso.datetime(), budget: z.enum(['sees', 'blind', 'unknown']) });

/** Asks once a day, because a question costs money and a tag takes a day to become active. */
async function examineBudget(lake: AwsLake, now: Date): Promise<Exclude<Guards['budget'], undefined>> {
  const file = join(lake.layout.folder, 'cost-tag.json');
  const known = existsSync(file) ? rememberedSchema.safeParse(readJson(file)).data : undefined;
  if (known !== undefined && now.getTime() - Date.parse(known.at) < dayMs) return known.budget;
  let budget: 'sees' | 'blind' | 'unknown';
  try {
    budget = (await isCostTagActive(lake.connection, costTag)) ? 'sees' : 'blind';
  } catch {
    budget = 'unknown';
  }
  if (existsSync(lake.layout.folder)) replaceFile(file, `${JSON.stringify({ at: now.toISOString(), budget })}\n`);
  return budget;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
