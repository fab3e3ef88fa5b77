import type { Cell, QuerySink, ResultColumn } from '../../tools/sql/types.ts';

/** Bytes of the rows of one answer: a model reads all of it. */
const mostBytes = 200_000;

/** Takes rows up to a number of bytes. */
export class BoundedRows implements QuerySink {
  private given: ResultColumn[] = [];
  private taken: Cell[][] = [];
  private bytes = 0;
  private full = false;

  columns(columns: ResultColumn[]): void {
    this.given = columns;
  }

  rows(rows: Cell[][]): void {
    for (const row of rows) {
      this.bytes += Buffer.byteLength(JSON.stringify(row));
      this.full ||= this.bytes > mostBytes;
      if (this.full) return;
      this.taken.push(row);
    }
  }

  /** @param cut the query itself has left rows out */
  result(cut: boolean) {
    const columns = this.given.map(({ name, type }) => ({ name, type }));
    const note = 'There are more rows, or they are too long: ask for fewer columns, or let the SQL sum them up.';
    return { columns, rows: this.taken, ...(cut || this.full ? { cut: note } : {}) };
  }
}
