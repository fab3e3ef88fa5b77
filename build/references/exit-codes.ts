import { exitCodes, faultTexts, type FaultKind } from '../../src/errors.ts';
import { code, page, table } from './markdown.ts';

export function exitCodesPage(): string {
  const kinds = Object.keys(exitCodes) as FaultKind[];
  const rows = kinds.map((kind) => [String(exitCodes[kind]), code(kind), faultTexts[kind]]);
  return page('Exit codes', 'src/errors.ts', [
    'Every command ends with one of these. With `--json` an error is one line on stderr: `{"event":"error","kind","message","where","next","facts","exitCode"}`, with the kind below.',
    table(['code', 'kind', 'meaning'], [['0', '', 'done'], ...rows]),
  ]);
}
