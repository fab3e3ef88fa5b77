import { openEngine, type Engine } from '../src/local/query/engine.ts';
import { literal } from '../src/tools/sql/literal.ts';
import { cacheFolder } from '../src/toolchain/cache.ts';
import { readyExtensions } from '../src/local/setup/extensions-folder.ts';
import { thisMachine } from '../src/toolchain/machine.ts';
import { pathOfLocation, readTablePointers } from '../src/local/tables/catalog.ts';
import type { Ends } from './load.ts';
import type { Tally } from './quotes.ts';

/** A file of a table's state. */
interface File {
  path: string;
  /** 0 data, 1 position deletes, 2 equality deletes */
  content: number;
  bytes: bigint;
  sequence: bigint;
}

/** The metadata path that the catalog has for a table now. */
export async function pointerOf(catalog: string, table: string): Promise<string | undefined> {
  return (await readTablePointers(catalog)).find(({ name }) => name === table)?.metadataLocation;
}

/** The key columns of the table. */
const key = 'asset_id, asset_type, start_window';

/** SQL for the path of a location, as `pathOfLocation` gives it. */
const pathIn = (column: string) => `regexp_replace(${column}, '^file:(//)?', '')`;

/** Reads what engines have written, with DuckDB, which is independent of them. */
export class TableReading {
  /** ends by data file: a file never changes */
  private readonly known = new Map<string, Ends>();
  /** data files that `newRows` has read */
  private readonly taken = new Set<string>();

  private constructor(private readonly engine: Engine) {}

  static async open(warehouse: string): Promise<TableReading> {
    const extensions = readyExtensions(cacheFolder(thisMachine(process.env)));
    if (extensions === undefined) throw new Error('the extensions of DuckDB are missing: ./cryptodm setup');
    return new TableReading(await openEngine(extensions, warehouse, { threads: 1 }));
  }

  /** The highest `kafka_offset` plus one of each `kafka_partition` in the data files of a state. */
  async ends(metadata: string): Promise<Ends> {
    const files = await this.files(metadata);
    const paths = files.filter(({ content }) => content === 0).map(({ path }) => path);
    await this.readFiles(paths.filter((path) => !this.known.has(path)));
    const ends = new Map<number, number>();
    for (const path of paths) {
      for (const [partition, end] of this.known.get(path) ?? [])
        ends.set(partition, Math.max(end, ends.get(partition) ?? 0));
    }
    return ends;
  }

  private async readFiles(paths: string[]): Promise<void> {
    if (paths.length === 0) return;
    const found = await this.rows<{ filename: string; partition: number; end: bigint }>(
      `select filename, kafka_partition as partition, max(kafka_offset) + 1 as end
       from read_parquet([${paths.map(literal).join(', ')}], filename = true) group by all`,
    );
    for (const path of paths) {
      const ends = found
        .filter(({ filename }) => filename === path)
        .map(({ partition, end }) => [partition, Number(end)] as const);
      this.known.set(path, new Map(ends));
    }
  }

  /**
   * What a query finds in the data files of a state that no earlier call has read.
   * @param select makes the query; gets the files as a table function
   */
  async newRows<T>(metadata: string, select: (files: string) => string): Promise<T[]> {
    const data = (await this.files(metadata)).filter(({ content, path }) => content === 0 && !this.taken.has(path));
    if (data.length === 0) return [];
    const found = await this.rows<T>(select(`read_parquet([${data.map(({ path }) => literal(path)).join(', ')}])`));
    for (const { path } of data) this.taken.add(path);
    return found;
  }

  /** Bytes of the data and delete files of a state. */
  async bytes(metadata: string): Promise<number> {
    return (await this.files(metadata)).reduce((sum, { bytes }) => sum + Number(bytes), 0);
  }

  /**
   * Checks that the last revision of each key is what was sent.
   * @param order column that orders the revisions of a key
   * @param unique whether each key may have one row only
   */
  async verify(
    metadata: string | undefined,
    order: string,
    expected: Omit<Tally, 'rows'>,
    unique: boolean,
  ): Promise<Tally> {
    if (metadata === undefined) throw new Error('the table is gone');
    const [found] = await this.rows<Tally>(
      `select sum(n)::int as rows, count(*)::int as keys, sum(last)::varchar as total from (
         select count(*) as n, arg_max(price_crypto, ${order}) as last from (${await this.liveRows(metadata)}) group by ${key})`,
    );
    const right =
      found?.keys === expected.keys && found.total === expected.total && (!unique || found.rows === found.keys);
    if (found === undefined || !right)
      throw new Error(`the table holds ${JSON.stringify(found)}, sent was ${JSON.stringify(expected)}`);
    return found;
  }

  /** Checks the number of rows and the sum of their closes; for a table that is too large for `verify`. */
  async verifySums(metadata: string | undefined, expected: Tally): Promise<void> {
    if (metadata === undefined) throw new Error('the table is gone');
    const [found] = await this.rows<Omit<Tally, 'keys'>>(
      `select count(*)::int as rows, sum(price_crypto)::varchar as total from (${await this.liveRows(metadata)})`,
    );
    if (found?.rows !== expected.rows || found.total !== expected.total)
      throw new Error(`the table holds ${JSON.stringify(found)}, expected was ${JSON.stringify(expected)}`);
  }

  /**
   * A SELECT of the rows that are not deleted. Written after Iceberg's specification ("Scan Planning"), because DuckDB's own scan takes minutes
   * with a million equality deletes. An equality delete removes older rows only, a position delete the row that it points to.
   */
  private async liveRows(metadata: string): Promise<string> {
    const files = await this.files(metadata);
    const read = (content: number, more = '') => {
      const paths = files.filter((file) => file.content === content).map(({ path }) => literal(path));
      return paths.length === 0 ? undefined : `read_parquet([${paths.join(', ')}], filename = true${more})`;
    };
    const [data, positions, keys] = [read(0, ', file_row_number = true'), read(1), read(2)];
    if (data === undefined) throw new Error('the table has no files');
    const ages = `(values ${files.map(({ path, sequence }) => `(${literal(path)}, ${String(sequence)})`).join(', ')}) as age(file, sequence)`;
    return `select row.* from ${data} row join ${ages} on file = filename
      ${keys === undefined ? '' : `left join (select ${key}, max(sequence) as gone from ${keys} join ${ages} on file = filename group by ${key}) using (${key})`}
      where ${keys === undefined ? 'true' : '(gone is null or gone <= sequence)'}
      ${positions === undefined ? '' : `and not exists (select 1 from ${positions} hit where ${pathIn('hit.file_path')} = row.filename and hit.pos = row.file_row_number)`}`;
  }

  /** The files of a state with their sequence numbers; an entry without one inherits that of its manifest. */
  private async files(metadata: string): Promise<File[]> {
    const [snapshot] = await this.rows<{ list: string }>(
      `select manifest_list as list from iceberg_snapshots(${literal(pathOfLocation(metadata))}) order by sequence_number desc limit 1`,
    );
    if (snapshot === undefined) return [];
    const list = literal(pathOfLocation(snapshot.list));
    const manifests = await this.rows<{ path: string }>(`select manifest_path as path from read_avro(${list})`);
    const paths = manifests.map(({ path }) => literal(pathOfLocation(path))).join(', ');
    const files = await this.rows<File>(
      `select data_file.file_path as path, data_file.content as content, data_file.file_size_in_bytes as bytes, coalesce(entry.sequence_number, manifest.sequence_number) as sequence
       from read_avro([${paths}], filename = true) entry join read_avro(${list}) manifest on entry.filename = ${pathIn('manifest.manifest_path')}
       where entry.status <> 2`,
    );
    return files.map((file) => ({ ...file, path: pathOfLocation(file.path) }));
  }

  private async rows<T>(sql: string): Promise<T[]> {
    return (await this.engine.connection.runAndReadAll(sql)).getRowObjects() as T[];
  }

  close(): void {
    this.engine.close();
  }
}
