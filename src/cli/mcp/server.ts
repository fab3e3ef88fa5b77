import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { Fault } from '../../errors.ts';
import type { Context } from '../context.ts';
import { version } from '../../version.ts';
import { addTools, rules } from './tools.ts';

/**
 * Serves the Model Context Protocol (https://modelcontextprotocol.io) until the client closes stdin.
 * @throws Fault of kind `usage` with --json; `interrupted` when the process is to end
 */
export async function serveMcp(context: Context): Promise<void> {
  const { io, global } = context;
  if (global.json) {
    throw new Fault('usage', 'stdout belongs to the protocol', { where: '--json', next: 'Leave --json out.' });
  }
  const open = await context.verb('openSql', 'mcp');
  const session = await open({ guarded: true });
  const lake = {
    session,
    settings: await context.settings(),
    status: await context.verb('status', 'mcp'),
    gaps: await context.verb('gaps', 'mcp'),
  };
  if (io.stdin.isTTY && !global.quiet) {
    io.stderr.write('A client of the Model Context Protocol is expected on stdin; Ctrl-C ends.\n');
  }
  const ended = new Promise<void>((settle) => {
    io.stdin.once('end', settle).once('close', settle);
    io.signal.addEventListener('abort', () => settle());
  });
  const number = await version();
  const served = serveStdio(
    () => {
      const server = new McpServer({ name: 'cryptodm', version: number }, { instructions: rules });
      addTools(server, lake);
      return server;
    },
    { transport: new StdioServerTransport(io.stdin, io.stdout) },
  );
  try {
    await ended;
  } finally {
    await served.close();
    await session.close();
  }
  if (io.signal.aborted) throw new Fault('interrupted', 'interrupted');
}
