/** Prefix of integers that a double can't represent, such as a snapshot's id. */
const mark = '\u{f8ff}';

const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** As JSON.parse, but integers of 16 digits and more become strings with a prefix, which `writeLossless` reverts. */
export function readLossless(text: string): unknown {
  return JSON.parse(text.replace(tokens, (token) => (/^-?\d{16,}$/.test(token) ? `"${mark}${token}"` : token)));
}

export function writeLossless(value: unknown): string {
  return JSON.stringify(value).replace(new RegExp(`"${mark}(-?\\d+)"`, 'gu'), '$1');
}
