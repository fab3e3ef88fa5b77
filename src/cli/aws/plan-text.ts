import type { PlannedLake } from '../../actions/aws/plan.ts';

/** What a plan would do and what it costs, for people. */
export async function planText(planned: PlannedLake): Promise<string> {
  const { estimateCosts } = await import('../../costs/estimate.ts');
  const costs = planned.plans.map(({ json }) => estimateCosts(json));
  const count = (action: string) => planned.changes.filter((change) => change.action === action).length;
  const totals = [
    `${String(count('create'))} to make`,
    `${String(count('update'))} to change`,
    `${String(count('replace'))} to replace`,
    `${String(count('delete'))} to remove`,
  ].join(', ');
  const marks = { create: '+', update: '~', replace: '±', delete: '-' };
  const changes = planned.changes.map(({ action, address }) => `  ${marks[action]} ${address}`);
  const perHour = costs.reduce((sum, cost) => sum + cost.perHour, 0);
  const lines = costs.flatMap((cost) => cost.lines);
  const width = Math.max(12, ...lines.map(({ part }) => part.length));
  return [
    `Lake ${planned.lake.prefix} in account ${planned.account}, ${planned.lake.place.region}: ${totals}`,
    ...changes,
    '',
    `It costs about ${perHour.toFixed(2)} dollars an hour while it stands:`,
    ...lines.map(({ part, what, perHour: dollars }) => `  ${part.padEnd(width)}  ${dollars.toFixed(3)}  ${what}`),
  ].join('\n');
}
