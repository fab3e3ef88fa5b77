import { exitCodes } from '../../errors.ts';
import type { Answer } from '../../lake-target.ts';
import { table } from '../../tools/text-table.ts';
import type { AwsOptimized } from './maintenance.ts';

/** Result of a maintenance in an account, for people. */
export function maintenanceAnswer(done: AwsOptimized): Answer {
  const data = [{ event: 'optimized', ...done }];
  if (done.via === 'spark') {
    const seconds = done.seconds.toFixed(0);
    return {
      data,
      text: `${done.on === 'glue' ? 'The run' : 'The step'} ${done.run} has done the maintenance in ${seconds} s; "cryptodm logs optimize" has the figures.`,
    };
  }
  const rows = done.tables.map(({ table: name, phase, statements, conflicts, scannedBytes, reason }) => [
    name,
    phase,
    String(statements),
    String(conflicts),
    (scannedBytes / 1e6).toFixed(2),
    reason ?? '',
  ]);
  return {
    data,
    text: table(['table', 'state', 'statements', 'conflicts', 'MB scanned', ''], rows).join('\n'),
    exitCode: done.tables.some(({ phase }) => phase === 'failed') ? exitCodes.part : 0,
  };
}
