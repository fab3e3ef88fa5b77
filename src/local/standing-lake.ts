import { existsSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { Layout } from './layout.ts';

/** @throws Fault of kind `part` when no lake was raised there */
export function requireSpec(layout: Layout): void {
  if (existsSync(layout.spec)) return;
  throw new Fault('part', `no lake is up in ${layout.data}`, { where: layout.data, next: 'Run "cryptodm up" first.' });
}
