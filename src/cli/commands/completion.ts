import type { Command } from '../command.ts';

/** @param commands every command; called late, because this command is one of them */
export const completionOf = (commands: () => Command[]): Command => ({
  name: 'completion',
  summary: 'print the completion script of a shell',
  arguments: [{ name: 'shell', summary: 'bash, zsh or fish', required: true, choices: ['bash', 'zsh', 'fish'] }],
  examples: [
    { line: 'eval "$(cryptodm completion bash)"', does: 'in ~/.bashrc' },
    { line: 'cryptodm completion fish | source', does: 'in config.fish' },
  ],
  run: async (context, _flags, args) => {
    const { renderCompletion } = await import('../completion.ts');
    context.print(renderCompletion(args[0] ?? '', commands()));
    return 0;
  },
});
