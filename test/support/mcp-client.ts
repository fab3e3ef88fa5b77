import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** The official client of the Model Context Protocol, on `cryptodm mcp` of a lake. */
export async function connectMcp(env: Record<string, string | undefined>): Promise<Client> {
  const given = Object.entries({ ...process.env, ...env }).filter((pair): pair is [string, string] => !!pair[1]);
  const client = new Client({ name: 'test', version: '1.0.0' });
  const server = { command: './cryptodm', args: ['mcp'], env: Object.fromEntries(given) };
  await client.connect(new StdioClientTransport({ ...server, stderr: 'ignore' }));
  return client;
}

/** The structured answer of a tool; its text says the same. */
export async function askTool<Answer>(
  client: Client,
  name: string,
  given: Record<string, unknown> = {},
): Promise<Answer> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: given });
  assert.notEqual(isError, true, JSON.stringify(content));
  const [text] = content;
  assert.deepEqual(JSON.parse(text?.type === 'text' ? text.text : ''), structuredContent);
  return structuredContent as unknown as Answer;
}
