import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';
import { Fault } from '../../errors.ts';
import { distinct, rowObject } from '../../tools/sql/format-json.ts';
import type { Cell, ResultColumn } from '../../tools/sql/types.ts';
import { RestingWorker } from '../query/resting-worker.ts';

export type Row = Record<string, Cell>;

/** A SELECT whose rows have this shape. */
export interface Select<Shape> {
  sql: string;
  columns: readonly (keyof Shape)[];
}

/** Of the page's own queries. */
const limits = { seconds: 20, rows: 5000, memoryBytes: 256 * 2 ** 20 };
const mostKept = 200;

/** The page's own queries of the tables. A result is kept until silver or gold changes. */
export class LakeTables {
  private readonly worker: RestingWorker;
  private readonly kept = new Map<string, { stamp: string; rows: Promise<Row[]> }>();

  /** @param stamp changes whenever the tables have changed */
  constructor(
    lake: LocalLake,
    caller: Caller,
    private readonly stamp: () => string,
  ) {
    this.worker = new RestingWorker(lake, caller, limits);
  }

  /** Rows of one SELECT; none where the lake has no such table yet. @throws Fault as `runQuery` */
  rows(sql: string): Promise<Row[]> {
    const stamp = this.stamp();
    const kept = this.kept.get(sql);
    if (kept?.stamp === stamp) return kept.rows;
    const rows = this.ask(sql);
    this.kept.delete(sql);
    this.kept.set(sql, { stamp, rows });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
    rows.catch(() => {
      if (this.kept.get(sql)?.rows === rows) this.kept.delete(sql);
    });
    return rows;
  }

  /** As `rows`, with the shape that the SELECT's columns give. */
  async list<Shape>(select: Select<Shape>): Promise<Shape[]> {
    return (await this.rows(select.sql)) as Shape[];
  }

  /** As `list`, but never kept. */
  async listNow<Shape>(select: Select<Shape>): Promise<Shape[]> {
    return (await this.ask(select.sql)) as Shape[];
  }

  /** Starts the query process, so that the first query does not wait for it. */
  warm(): void {
    this.ask('select 1').catch(() => undefined);
  }

  close(): void {
    this.worker.close();
  }

  /** As `rows`, but never kept: for tables that are not part of silver or gold. */
  async ask(sql: string): Promise<Row[]> {
    const found: Row[] = [];
    let names: string[] = [];
    try {
      await this.worker.use((worker) =>
        worker.run(sql, {
          columns: (columns: ResultColumn[]) => void (names = distinct(columns.map(({ name }) => name))),
          rows: (rows) => void found.push(...rows.map((row) => rowObject(names, row))),
        }),
      );
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.kind === 'part') return [];
      throw thrown;
    }
    return found;
  }
}
