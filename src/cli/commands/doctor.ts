import { Fault } from '../../errors.ts';
import type { Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'check versions, memory, disk and ports, and say how to mend what is wrong',
  examples: [{ line: 'cryptodm doctor', does: 'exit code 4 when something is missing' }],
  run: async (context) => {
    const { examine } = await import('../../actions/doctor.ts');
    const findings = await examine(await context.settings(), context.io.env);
    const marks = { ok: 'ok  ', warning: 'note', fault: 'BAD ' };
    for (const finding of findings) {
      if (context.global.json) context.data(finding);
      else
        context.print(
          `${marks[finding.state]}  ${finding.what.padEnd(12)} ${finding.found}${finding.mend === undefined ? '' : `\n                    ${finding.mend}`}`,
        );
    }
    const faults = findings.filter((finding) => finding.state === 'fault');
    if (faults.length === 0) return 0;
    return new Fault('environment', 'something is missing').exitCode;
  },
};
