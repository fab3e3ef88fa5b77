import type { Scenario } from './figure.ts';
import { growthCoins } from './growth-coins.ts';
import { growthDay } from './growth-day.ts';
import { growthRows } from './growth-rows.ts';

/** Measures whether the lake stays fast as it grows: by rows, by coins, by time. Each part is also a scenario of its own. */
export const growth: Scenario = async (tell, options) => [
  ...(await growthRows(tell, options)),
  ...(await growthCoins(tell, options)),
  ...(await growthDay(tell, options)),
];
