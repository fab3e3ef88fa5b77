// Runs one invocation of a function: event and context as JSON on stdin, the outcome as JSON in the file named last.
// The handler is found as in Lambda: `index.handler` is `handler` of index.mjs, index.js or index.cjs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [task, handler, outcome] = process.argv.slice(2);
const { event, context } = JSON.parse(readFileSync(0, 'utf8'));
const end = (result) => {
  writeFileSync(outcome, JSON.stringify(result));
  process.exit(0);
};
const fail = (error) => {
  const known = error instanceof Error;
  process.stderr.write(`${String(known ? error.stack : error)}\n`);
  end({
    error: {
      errorType: known ? error.name : typeof error,
      errorMessage: known ? error.message : String(error),
      trace: known ? (error.stack ?? '').split('\n') : [],
    },
  });
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const dot = handler.lastIndexOf('.');
const file = ['.mjs', '.js', '.cjs'].map((ending) => join(task, handler.slice(0, dot) + ending)).find(existsSync);
if (file === undefined) fail(new Error(`Cannot find module '${handler.slice(0, dot)}'`));
const module = await import(pathToFileURL(file).href);
const run = module[handler.slice(dot + 1)] ?? module.default?.[handler.slice(dot + 1)];
if (typeof run !== 'function') fail(new Error(`${handler} is undefined or not exported`));
const deadline = context.deadline;
delete context.deadline;
context.getRemainingTimeInMillis = () => deadline - Date.now();
end({ result: (await run(event, context)) ?? null });
