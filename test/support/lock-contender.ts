import { takeLock } from '../../src/engine/lock.ts';
import { identify, isAlive } from '../../src/tools/process-identity.ts';

// Tries to take the lock at the path in its argument, prints the result, and keeps the lock until its stdin ends.
const started = identify(process.pid)?.started ?? '';
let release: (() => void) | undefined;
try {
  release = takeLock(process.argv[2] ?? '', { pid: process.pid, started, command: 'contender' }, isAlive);
} catch {
  release = undefined;
}
process.stdout.write(release === undefined ? 'locked' : 'taken');
process.stdin.on('end', () => {
  release?.();
});
process.stdin.resume();
