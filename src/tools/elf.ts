/** What a program or library of Linux needs before it runs. */
export interface ElfNeeds {
  /** names of libraries, such as `libz.so.1` */
  libraries: string[];
  /** absolute path of the loader; a library has none */
  loader: string | undefined;
}

const loads = 1;
const dynamic = 2;
const interpreter = 3;
const needed = 1;
const stringTable = 5;

/** Reads a 64-bit little-endian file (System V gABI, "Program Header", "Dynamic Section"); undefined for any other file. */
export function readElf(file: Buffer): ElfNeeds | undefined {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return undefined;
  const word = (at: number) => Number(file.readBigUInt64LE(at));
  const [start, size, count] = [word(32), file.readUInt16LE(54), file.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, at) => start + at * size).map((at) => ({
    type: file.readUInt32LE(at),
    offset: word(at + 8),
    address: word(at + 16),
    length: word(at + 32),
  }));
  const text = (at: number) => file.toString('utf8', at, file.indexOf(0, at));
  const path = segments.find(({ type }) => type === interpreter);
  const table = segments.find(({ type }) => type === dynamic);
  const entries: [tag: number, value: number][] = [];
  for (let at = table?.offset ?? 0; table !== undefined && at < table.offset + table.length; at += 16) {
    entries.push([word(at), word(at + 8)]);
  }
  const address = entries.find(([tag]) => tag === stringTable)?.[1] ?? 0;
  const holder = segments.find(
    (one) => one.type === loads && address >= one.address && address < one.address + one.length,
  );
  const names = holder === undefined ? 0 : address - holder.address + holder.offset;
  return {
    libraries: entries.filter(([tag]) => tag === needed).map(([, value]) => text(names + value)),
    loader: path === undefined ? undefined : text(path.offset),
  };
}
