import assert from 'node:assert/strict';
import { Fault } from '../../../../src/errors.ts';
import { runTask } from '../../../../src/local/parts/task.ts';

const { signal } = new AbortController();

async function failure(script: string): Promise<Fault> {
  const task = { command: process.execPath, args: ['-e', script, 'a-long-class-path'], env: {} };
  const failed: unknown = await runTask(task, { what: 'optimising', signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(failed instanceof Fault);
  return failed;
}

describe('a task that fails', () => {
  it('is reported with its last output, without the stack', async () => {
    const failed = await failure(
      `process.stderr.write('java.lang.IllegalStateException: no such table\\n\\tat io.A.b(A.java:1)\\n\\t... 9 more\\n'); process.exitCode = 1`,
    );
    assert.equal(failed.message, 'optimising failed: java.lang.IllegalStateException: no such table');
    assert.equal(failed.kind, 'part');
  });

  it('is reported with its exit when it has no output, never with its command', async () => {
    assert.equal(
      (await failure('process.kill(process.pid, "SIGKILL")')).message,
      'optimising failed: it was ended by SIGKILL',
    );
    assert.equal((await failure('process.exitCode = 1')).message, 'optimising failed: exit code 1');
  });

  it('is the user’s to fix when its exit code is 2', async () => {
    const failed = await failure(`process.stderr.write('Unknown option --x\\n'); process.exitCode = 2`);
    assert.equal(failed.kind, 'usage');
  });
});
