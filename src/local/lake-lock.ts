import { takeLock } from '../engine/lock.ts';
import type { Layout } from './layout.ts';
import { identify, isAlive } from '../tools/process-identity.ts';

/** Takes the lock of a lake for this process. @returns what releases it @throws Fault of kind `locked` */
export function lockLake(layout: Layout, command: string): () => void {
  const self = identify(process.pid);
  return takeLock(layout.lock, { pid: process.pid, started: self?.started ?? '', command }, (holder) =>
    isAlive(holder),
  );
}
