import { Fault } from '../errors.ts';

/** What decides the order of steps. */
interface Ordered {
  id: string;
  needs: string[];
}

/** Steps so that each comes after those it needs. @throws Fault when needs go in a circle */
export function inOrder<T extends Ordered>(steps: T[]): T[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ordered = new Map<string, T>();
  const visit = (step: T, above: string[]): void => {
    if (ordered.has(step.id)) return;
    if (above.includes(step.id))
      throw new Fault('internal', `steps need each other: ${[...above, step.id].join(' -> ')}`);
    for (const need of step.needs) {
      const needed = byId.get(need);
      if (needed !== undefined) visit(needed, [...above, step.id]);
    }
    ordered.set(step.id, step);
  };
  steps.forEach((step) => visit(step, []));
  return [...ordered.values()];
}

/** @throws Fault of kind `internal` when two steps share an id, or one needs what is not in the plan */
export function requireWhole(steps: Ordered[]): void {
  const ids = new Set(steps.map((step) => step.id));
  if (ids.size !== steps.length) throw new Fault('internal', 'two steps have the same id');
  for (const step of steps) {
    const missing = step.needs.find((need) => !ids.has(need));
    if (missing !== undefined)
      throw new Fault('internal', `step ${step.id} needs ${missing}, which is not in the plan`);
  }
}
