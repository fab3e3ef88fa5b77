import { spawn, type ChildProcess } from 'node:child_process';
import assert from 'node:assert/strict';
import { awaitAnswer } from '../../src/tools/waiting.ts';

/** Gives a program a terminal of this size, and passes on what comes and goes. */
const host = `
import fcntl, os, pty, select, struct, sys, termios
rows, columns = int(sys.argv[1]), int(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
open_ends = [terminal, 0]
while terminal in open_ends:
    for end in select.select(open_ends, [], [])[0]:
        try:
            data = os.read(end, 65536)
        except OSError:
            data = b''
        if not data:
            open_ends.remove(end)
        elif end == 0:
            os.write(terminal, data)
        else:
            os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** A program on a terminal of its own, used as a person does: by what is typed and what is on the screen. */
export class Terminal {
  private readonly child: ChildProcess;
  private readonly ended: Promise<number>;
  private shown = '';
  private read = 0;

  constructor(command: string[], how: { env: NodeJS.ProcessEnv; rows?: number; columns?: number }) {
    const { env, rows = 30, columns = 100 } = how;
    const size = [String(rows), String(columns)];
    this.child = spawn('python3', ['-c', host, ...size, ...command], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.shown += text));
    this.ended = new Promise((settle) => this.child.once('close', (code) => settle(code ?? -1)));
  }

  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** Waits for text that was not seen before. @returns what came up to its end */
  async sees(what: RegExp): Promise<string> {
    const found = await awaitAnswer(() => what.exec(this.shown.slice(this.read)) ?? undefined, { withinMs: 30_000 });
    assert.ok(found, `${String(what)} did not come; on the screen:\n${this.shown}`);
    const from = this.read;
    this.read += found.index + found[0].length;
    return this.shown.slice(from, this.read);
  }

  /** Its exit code. */
  exit(): Promise<number> {
    return this.ended;
  }

  /** Ends it if it runs. */
  close(): void {
    this.child.kill();
  }
}
