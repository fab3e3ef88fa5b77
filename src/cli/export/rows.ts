import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryRequest } from '../../lake-target.ts';
import { dayColumn, dayFolder } from '../../tools/sql/day-column.ts';
import { createFormatter, countRows } from '../../tools/sql/format.ts';
import type { Formatter } from '../../tools/sql/formatter.ts';
import type { Cell, QuerySink, ResultColumn } from '../../tools/sql/types.ts';
import type { Context } from '../context.ts';
import { unwritableFile, type ExportFile } from './export-file.ts';

type Statement = Pick<QueryRequest, 'sql' | 'asOf' | 'seconds'>;

const progressEveryMs = 1000;

/**
 * Writes the rows of one statement, and says on the way how much is there: Parquet by the engine, CSV and JSON as `query` formats them.
 * @returns the number of rows
 * @throws Fault as the query; `environment` when the disk is full
 */
export async function writeRows(
  context: Context,
  file: ExportFile,
  statement: Statement,
  how: { numbers: boolean },
): Promise<number> {
  let rows = 0;
  const show = () => {
    // The engine, which writes Parquet itself, does not count on the way.
    const counted = rows === 0 ? '' : `${countRows(rows)}, `;
    context.reporter.show({
      event: 'progress',
      id: 'export',
      text: `exporting: ${counted}${describeSize(file.size())}`,
    });
  };
  // With --json the one object on stdout is the result.
  const shows = !context.global.json;
  if (shows) show();
  const timer = shows ? setInterval(show, progressEveryMs) : undefined;
  try {
    if (file.format === 'parquet') {
      const exportParquet = await context.verb('exportParquet', 'export --to FILE.parquet');
      return await exportParquet({ ...statement, path: file.temporary, byDay: file.byDay });
    }
    const query = await context.verb('query', 'export');
    const sink = new TextFiles(file, how, (written) => (rows += written));
    await query({ ...statement, rows: undefined }, sink);
    sink.end();
    return rows;
  } finally {
    clearInterval(timer);
  }
}

/** Such as `3.1 kB` or `12.0 MB`. */
export function describeSize(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** One file of text, or one for each day. */
class TextFiles implements QuerySink {
  private readonly formatters = new Map<string, Formatter>();
  private given: ResultColumn[] = [];
  private day = -1;

  constructor(
    private readonly file: ExportFile,
    private readonly how: { numbers: boolean },
    private readonly onRows: (count: number) => void,
  ) {}

  columns(columns: ResultColumn[]): void {
    this.given = columns;
    if (this.file.byDay) this.day = columns.indexOf(dayColumn(columns));
    else this.formatterOf('');
  }

  rows(rows: Cell[][]): void {
    const byFolder = new Map<string, Cell[][]>();
    for (const row of rows) {
      const folder = this.folderOf(row);
      const others = byFolder.get(folder);
      if (others === undefined) byFolder.set(folder, [row]);
      else others.push(row);
    }
    for (const [folder, found] of byFolder) void this.formatterOf(folder).rows(found);
    this.onRows(rows.length);
  }

  end(): void {
    for (const formatter of this.formatters.values()) void formatter.end();
  }

  private folderOf(row: Cell[]): string {
    if (!this.file.byDay) return '';
    const time = row[this.day];
    return dayFolder(typeof time === 'string' ? /^.*?(?=T|$)/.exec(time)?.[0] : undefined);
  }

  /** The formatter of a folder; a new one writes the head of its file. */
  private formatterOf(folder: string): Formatter {
    const known = this.formatters.get(folder);
    if (known !== undefined) return known;
    const { temporary, byDay, format } = this.file;
    if (byDay) this.write(() => mkdirSync(join(temporary, folder)));
    const path = byDay ? join(temporary, folder, `data_0.${format}`) : temporary;
    const text = format === 'parquet' ? 'jsonl' : format;
    // Each part is written at once: no more is in memory than one part, and no file stays open.
    const made = createFormatter(text, (part) => this.write(() => appendFileSync(path, part)), this.how);
    this.formatters.set(folder, made);
    void made.columns(this.given);
    return made;
  }

  private write(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw unwritableFile(this.file.path, error);
    }
  }
}
