import type { Command } from '../command.ts';

export const completion: Command = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  arguments: [{ name: 'shell', summary: 'bash, zsh or fish', required: true, choices: ['bash', 'zsh', 'fish'] }],
  examples: [
    { line: 'eval "$(cryptodm completion bash)"', does: 'in ~/.bashrc' },
    { line: 'cryptodm completion fish | source', does: 'in config.fish' },
  ],
  run: async (context, _flags, [shell = '']) => {
    const { renderCompletion } = await import('../completion.ts');
    const script = renderCompletion(shell);
    // Not by "answer": the commands in it are no hints.
    if (context.global.json) context.data({ shell, script });
    else context.print(script);
    return 0;
  },
};
