import { exitCodes } from '../../errors.ts';
import { targetOption, type Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'check versions, memory, disk, ports, tables and the index, and say how to fix what is wrong',
  options: [targetOption],
  examples: [
    { line: 'cryptodm doctor --target aws', does: 'also Terraform, Ansible’s Python, SSH, credentials' },
    {
      line: 'cryptodm doctor',
      does: 'exit code 4 when something is missing, 5 when a table is damaged or the index is not as the table',
    },
  ],
  run: async (context) => {
    const examine = await context.verb('doctor', 'doctor');
    const findings = await examine();
    const marks = { ok: 'ok  ', warning: 'note', fault: 'BAD ' };
    const lines = findings.map(({ state, what, found, mend }) => {
      const how = mend === undefined ? '' : `\n                    ${mend}`;
      return `${marks[state]}  ${what.padEnd(12)} ${found}${how}`;
    });
    const faults = findings.filter(({ state }) => state === 'fault');
    const onlyData = faults.every(({ what }) => what.startsWith('table ') || what === 'index');
    const exitCode = onlyData ? exitCodes.part : exitCodes.environment;
    return context.answer({ data: findings, text: lines.join('\n'), exitCode: faults.length === 0 ? 0 : exitCode });
  },
};
