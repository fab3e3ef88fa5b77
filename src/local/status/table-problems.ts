import type { Problem } from '../alarms/evaluation.ts';
import type { Found } from './model.ts';

export function ofTable({ name, reason }: Found['unreadable'][number]): Problem {
  return {
    id: 'table-unreadable',
    what: `the table ${name} can’t be read: ${reason}`,
    next: `Run "cryptodm tables repair --table ${name}".`,
  };
}
