/** The text below the heading of a version. @throws Error when the changelog has no such heading, or nothing below it */
export function notesOf(changelog: string, version: string): string {
  const [, ...sections] = changelog.split(/^## /m);
  const found = sections.find((section) => section.split(/[\s(]/)[0] === version);
  const notes = found?.split('\n').slice(1).join('\n').trim() ?? '';
  if (notes === '') throw new Error(`CHANGELOG.md has no notes for ${version}`);
  return notes;
}
