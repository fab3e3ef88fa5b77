import { Fault } from '../../errors.ts';
import { functionNames, type FunctionName } from '../../lake/functions.ts';
import { invokeFunction, listFunctions, type ListedFunction } from '../services/lambda.ts';
import type { AwsLake } from '../lake.ts';

/** The functions of the lake that exist, without the prefix in their names. */
export async function listLakeFunctions(lake: AwsLake): Promise<ListedFunction[]> {
  const found = await listFunctions(lake.connection, lake.names.named(''));
  return found
    .map((one) => ({ ...one, name: one.name.slice(lake.names.named('').length) }))
    .filter(({ name }) => (functionNames as readonly string[]).includes(name));
}

/**
 * Calls a function of the lake and waits for its answer.
 * @throws Fault of kind `part` when there is no such function, or when it fails
 */
export async function callFunction(
  lake: AwsLake,
  name: FunctionName,
  payload: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const full = lake.names.named(name);
  const answer = await invokeFunction(lake.connection, full, payload, signal);
  if (answer === undefined) {
    throw new Fault('part', `there is no function ${full} in ${lake.connection.region}`, {
      where: full,
      next: 'Run "cryptodm up" first; "cryptodm functions list" shows the functions that exist.',
    });
  }
  if (!answer.failed) return answer.payload;
  const { errorMessage, errorType } = (answer.payload ?? {}) as { errorMessage?: string; errorType?: string };
  throw new Fault('part', `the function ${name} failed: ${errorMessage ?? errorType ?? 'without a reason'}`, {
    where: full,
    next: `See "cryptodm logs ${name}".`,
    facts: { log: answer.log },
  });
}
