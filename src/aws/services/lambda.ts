import { GetAccountSettingsCommand, InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { Fault } from '../../errors.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from './connection.ts';

/** A function as the account lists it. */
export interface ListedFunction {
  name: string;
  runtime: string;
  memoryMb: number;
  timeoutSeconds: number;
  /** when its code or settings changed last, ISO 8601 */
  modified: string;
}

/** What an invocation returned. */
export interface Invocation {
  /** the answer as JSON; of a function that failed, `errorMessage` and `errorType` */
  payload: unknown;
  /** it threw, or ran out of time */
  failed: boolean;
  /** last 4 KB of its log */
  log: string;
}

/** Functions whose name starts with a prefix. */
export async function listFunctions(connection: AwsConnection, prefix: string): Promise<ListedFunction[]> {
  const client = new LambdaClient(clientConfig(connection));
  try {
    return await callAws('lambda:ListFunctions', async () => {
      const found: ListedFunction[] = [];
      for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
        for (const { FunctionName = '', Runtime = '', MemorySize = 0, Timeout = 0, LastModified = '' } of Functions) {
          if (!FunctionName.startsWith(prefix)) continue;
          found.push({
            name: FunctionName,
            runtime: Runtime,
            memoryMb: MemorySize,
            timeoutSeconds: Timeout,
            modified: LastModified,
          });
        }
      }
      return found.sort((one, other) => one.name.localeCompare(other.name));
    });
  } finally {
    client.destroy();
  }
}

/** Concurrent executions of the region that no function has reserved. */
export async function unreservedExecutions(connection: AwsConnection): Promise<number> {
  const client = new LambdaClient(clientConfig(connection));
  try {
    return await callAws('lambda:GetAccountSettings', async () => {
      const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
      return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    });
  } finally {
    client.destroy();
  }
}

const busyWithinMs = 120_000;

/**
 * Calls a function and waits for its answer. A function runs once at a time: while another call runs, for an event for example, it is tried again.
 * @returns undefined when there is no such function
 * @throws Fault of kind `outside` when another call runs for two minutes
 */
export async function invokeFunction(
  connection: AwsConnection,
  name: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<Invocation | undefined> {
  const answer = await awaitAnswer(
    async () => {
      try {
        return { invocation: await invokeOnce(connection, name, payload, signal) };
      } catch (error) {
        // Refused before it started, so another try can't run it twice.
        if (awsErrorName(error) === 'TooManyRequestsException') return undefined;
        throw error;
      }
    },
    { withinMs: busyWithinMs, everyMs: 500, signal },
  );
  if (answer !== undefined) return answer.invocation;
  throw new Fault(
    'outside',
    `another call of the function ${name} has run for ${String(busyWithinMs / 1000)} seconds`,
    {
      where: name,
      next: 'See the log of the function with "cryptodm logs", then run the same command again.',
    },
  );
}

async function invokeOnce(
  connection: AwsConnection,
  name: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<Invocation | undefined> {
  // A call whose answer was lost must not run twice.
  const client = new LambdaClient({ ...clientConfig(connection), maxAttempts: 1 });
  try {
    const answer = await callAws('lambda:InvokeFunction', () =>
      client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload), LogType: 'Tail' }), {
        abortSignal: signal,
      }),
    );
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    return {
      payload: text === '' ? null : (JSON.parse(text) as unknown),
      failed: answer.FunctionError !== undefined,
      log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'),
    };
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
