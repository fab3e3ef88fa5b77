/** An entry of an archive; modes are Unix's. */
export type TarEntry =
  | { path: string; mode: number; content: Uint8Array }
  | { path: string; mode: number; content?: undefined; link?: undefined }
  | { path: string; link: string };

const block = 512;

/** An archive in the format `ustar` (POSIX.1-1988) whose bytes depend on the entries only: everything is root's and has time 0. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = 'content' in entry && entry.content !== undefined ? entry.content : new Uint8Array();
    return [header(entry, content.length), content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** Contents of the files of an archive by their paths. @throws Error for a long name, which our own archives do not have */
export function untar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const text = (from: number, length: number) =>
      archive.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const type = text(156, 1);
    if (['L', 'x', 'g'].includes(type)) throw new Error(`an entry of type ${type} is not expected`);
    const prefix = text(345, 155);
    const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
    if (type === '0' || type === '') files.set(name, archive.subarray(at + block, at + block + size));
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

function header(entry: TarEntry, size: number): Buffer {
  const head = Buffer.alloc(block);
  const isFolder =
    !('link' in entry && entry.link !== undefined) && !('content' in entry && entry.content !== undefined);
  const [prefix, name] = split(isFolder ? `${entry.path}/` : entry.path);
  const link = 'link' in entry ? entry.link : undefined;
  head.write(name, 0, 'utf8');
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  head.write(octal('mode' in entry ? entry.mode : 0o777, 8), 100);
  head.write(octal(0, 8), 108);
  head.write(octal(0, 8), 116);
  head.write(octal(size, 12), 124);
  head.write(octal(0, 12), 136);
  head.write(' '.repeat(8), 148);
  head.write(link !== undefined ? '2' : isFolder ? '5' : '0', 156);
  if (link !== undefined) head.write(link, 157);
  head.write('ustar\u000000', 257);
  head.write(prefix, 345);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** A path of more than 100 bytes is cut at a slash. */
function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    if (Buffer.byteLength(path.slice(at + 1)) <= 100 && at <= 155) return [path.slice(0, at), path.slice(at + 1)];
  }
  throw new Error(`the path is too long for an archive: ${path}`);
}
