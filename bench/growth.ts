import type { Scenario } from './figure.ts';
import { growthCoins } from './growth-coins.ts';
import { growthDay } from './growth-day.ts';
import { growthRows } from './growth-rows.ts';

/** Whether the lake stays as quick as it grows: by rows, by coins, by time. Each part can be named alone. */
export const growth: Scenario = async (tell, options) => [
  ...(await growthRows(tell, options)),
  ...(await growthCoins(tell, options)),
  ...(await growthDay(tell, options)),
];
