import type { PlannedLake } from './plan.ts';
import { defaultPrices, estimateCosts } from '../costs/estimate.ts';
import { estimateUse } from '../costs/use.ts';

/** A plan and its costs as data. */
export function planSummary(planned: PlannedLake) {
  const costs = planned.plans.map(({ json }) => estimateCosts(json));
  return {
    prefix: planned.lake.prefix,
    account: planned.account,
    region: planned.lake.connection.region,
    changes: planned.changes,
    notKnown: planned.notKnown,
    costs: {
      perHour: costs.reduce((sum, cost) => sum + cost.perHour, 0),
      lines: costs.flatMap((cost) => cost.lines),
      unpriced: costs.flatMap((cost) => cost.unpriced),
      notes: [...new Set(costs.flatMap((cost) => cost.notes))],
      /** of what is billed by use and goes on as long as the lake is up */
      use: estimateUse(planned.stacks.deployment),
      prices: { region: defaultPrices.region, asOf: defaultPrices.asOf },
    },
  };
}

const marks = { create: '+', update: '~', replace: '±', delete: '-' };

/** What a plan would do and what the lake costs, for people. */
export function planText(planned: PlannedLake): string {
  const { prefix, account, region, changes, costs, notKnown } = planSummary(planned);
  const count = (action: keyof typeof marks) => changes.filter((change) => change.action === action).length;
  const totals = [
    `${String(count('create'))} to make`,
    `${String(count('update'))} to change`,
    `${String(count('replace'))} to replace`,
    `${String(count('delete'))} to remove`,
  ].join(', ');
  const width = Math.max(12, ...costs.lines.map(({ part }) => part.length));
  return [
    `Lake ${prefix} in account ${account}, ${region}: ${changes.length === 0 ? 'no change' : totals}`,
    ...changes.map(({ action, address }) => `  ${marks[action]} ${address}`),
    ...(notKnown.length === 0 ? [] : ['', 'Not known before it is made:']),
    ...notKnown.map(({ what, why }) => `  ${what}: ${why}`),
    '',
    `It costs about ${costs.perHour.toFixed(2)} dollars an hour while it is up:`,
    ...costs.lines.map(({ part, what, perHour }) => `  ${part.padEnd(width)}  ${perHour.toFixed(3)}  ${what}`),
    ...costs.unpriced.map((address) => `  price not known: ${address}`),
    ...(region === costs.prices.region
      ? []
      : [
          `  These are the prices of ${costs.prices.region} in ${costs.prices.asOf}: ${region} has its own, which may be higher (https://aws.amazon.com/pricing).`,
        ]),
    'By use, as long as the jobs run, about:',
    ...costs.use.map(({ what, perMonth }) => `  ${what}: ${perMonth.toFixed(2)} dollars a month`),
    'Billed by use, in dollars:',
    ...costs.notes.map((note) => `  ${note}`),
  ].join('\n');
}
