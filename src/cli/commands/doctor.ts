import { Fault } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'check versions, memory, disk, ports and the tables, and say how to mend what is wrong',
  options: [targetOption],
  examples: [
    { line: 'cryptodm doctor --target aws', does: 'also Terraform, Ansible’s Python, SSH, credentials' },
    { line: 'cryptodm doctor', does: 'exit code 4 when something is missing, 5 when a table is damaged' },
  ],
  run: async (context) => {
    const { examine } = await import('../../local/doctor.ts');
    const settings = await context.settings();
    const findings = await examine(settings, context.io.env);
    if (settings.target === 'aws') {
      const { examineAws } = await import('../../aws/doctor.ts');
      findings.push(...(await examineAws(settings, context.io.env)));
    } else {
      const { examineData } = await import('../../local/tables/examination.ts');
      const { io, reporter, entry } = context;
      findings.push(...(await examineData({ settings, signal: io.signal, onEvent: reporter.show, entry })));
      reporter.end();
    }
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
    const onlyTables = faults.every((finding) => finding.what.startsWith('table '));
    return new Fault(onlyTables ? 'part' : 'environment', 'something is missing or damaged').exitCode;
  },
};
