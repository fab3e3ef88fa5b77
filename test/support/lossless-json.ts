/** Before the digits of an integer that a double can't hold, such as a snapshot's id. */
const mark = '\u{f8ff}';

const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** As JSON.parse, but an integer of 16 digits and more comes as a marked text, which `writeLossless` turns back. */
export function readLossless(text: string): unknown {
  return JSON.parse(text.replace(tokens, (token) => (/^-?\d{16,}$/.test(token) ? `"${mark}${token}"` : token)));
}

export function writeLossless(value: unknown): string {
  return JSON.stringify(value).replace(new RegExp(`"${mark}(-?\\d+)"`, 'gu'), '$1');
}
