import { targetOption, type Command } from '../command.ts';

export const mcp: Command = {
  name: 'mcp',
  summary:
    'let an AI assistant ask the lake: a server of the Model Context Protocol on stdin and stdout; it only reads',
  options: [targetOption],
  examples: [
    { line: 'claude mcp add lake -- cryptodm mcp', does: 'Claude Code starts it when it is needed' },
    { line: 'cryptodm mcp --data /srv/lake', does: 'as the command of a server in any other client' },
  ],
  run: async (context) => {
    const { serveMcp } = await import('../mcp/server.ts');
    await serveMcp(context);
    return 0;
  },
};
