import { takeLock } from '../../src/engine/lock.ts';
import { identify, isAlive } from '../../src/tools/process-identity.ts';

// Tries to take the lock named by its argument, says how that went, and keeps it until its standard input ends.
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
