import { distance } from 'fastest-levenshtein';

/** The known name that was probably meant: at most a third of its letters differ. Upper and lower case are the same. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const measured = known
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(Math.min(name.length, given.length) / 3)))
    .sort((a, b) => a.edits - b.edits);
  return measured[0]?.name;
}
