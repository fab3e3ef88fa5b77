import { openEngine, type Engine } from '../src/query/engine.ts';
import { literal } from '../src/query/literal.ts';
import { cacheFolder } from '../src/setup/cache.ts';
import { readyExtensions } from '../src/setup/extensions-folder.ts';
import { thisMachine } from '../src/setup/machine.ts';
import { pathOfLocation, readTablePointers } from '../src/tools/iceberg-catalog.ts';
import type { Ends } from './load.ts';
import type { Tally } from './quotes.ts';

/** Where the catalog points to for a table right now: the path of its metadata. */
export async function pointerOf(catalog: string, table: string): Promise<string | undefined> {
  return (await readTablePointers(catalog)).find(({ name }) => name === table)?.metadataLocation;
}

/** Reads what engines have written, by DuckDB: none of them. */
export class TableReading {
  /** ends by data file: a file never changes */
  private readonly known = new Map<string, Ends>();

  private constructor(private readonly engine: Engine) {}

  static async open(warehouse: string): Promise<TableReading> {
    const extensions = readyExtensions(cacheFolder(thisMachine()));
    if (extensions === undefined) throw new Error('the extensions of DuckDB are missing: ./cryptodm setup');
    return new TableReading(await openEngine(extensions, warehouse, { threads: 1 }));
  }

  /** One past the highest `kafka_offset` of each `kafka_partition` in the data files of a state. */
  async ends(metadata: string): Promise<Ends> {
    const files = await this.rows<{ file_path: string }>(
      `select distinct file_path from iceberg_metadata(${literal(pathOfLocation(metadata))}) where manifest_content = 'DATA' and status <> 'DELETED'`,
    );
    const paths = files.map(({ file_path }) => pathOfLocation(file_path));
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
   * Throws when the last revision of each key is not what was sent.
   * @param order column by which the last revision of a key is told
   * @param unique whether each key must stand once
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
         select count(*) as n, arg_max(price_crypto, ${order}) as last from iceberg_scan(${literal(pathOfLocation(metadata))})
         group by asset_id, asset_type, start_window)`,
    );
    const right =
      found?.keys === expected.keys && found.total === expected.total && (!unique || found.rows === found.keys);
    if (found === undefined || !right)
      throw new Error(`the table holds ${JSON.stringify(found)}, sent was ${JSON.stringify(expected)}`);
    return found;
  }

  private async rows<T>(sql: string): Promise<T[]> {
    return (await this.engine.connection.runAndReadAll(sql)).getRowObjects() as T[];
  }

  close(): void {
    this.engine.close();
  }
}
