import { distance } from 'fastest-levenshtein';

/**
 * The known name that was probably meant. Upper and lower case are the same.
 * @param most letters that may differ; at most a third of them do
 */
export function nearest(given: string, known: readonly string[], most = Infinity): string | undefined {
  const measured = known
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(
      ({ name, edits }) => edits <= most && edits <= Math.max(1, Math.floor(Math.min(name.length, given.length) / 3)),
    )
    .sort((a, b) => a.edits - b.edits);
  return measured[0]?.name;
}
