// "npm run check [PART...]": everything that is checked without starting a server, two parts at a time.
// Plain JavaScript, because a start of tsx costs more than most parts with a warm cache.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkCache, root } from './cache.js';

const cache = checkCache();
const tool = (name) => join(root, 'node_modules', '.bin', name);

/** A part passes when its command exits with 0. The slow ones come first, so that two processors are busy to the end. */
const parts = [
  { name: 'lint', command: [process.execPath, 'build/lint.js', join(cache, 'lint.json')] },
  {
    name: 'types',
    command: [tool('tsc'), '--noEmit', '--incremental', '--tsBuildInfoFile', join(cache, 'types.tsbuildinfo')],
  },
  // The page's scripts, which run in a browser: against the shapes that the dashboard's server answers with.
  {
    name: 'page-types',
    command: [
      ...[tool('tsc'), '--project', 'tsconfig.page.json', '--noEmit'],
      ...['--incremental', '--tsBuildInfoFile', join(cache, 'page-types.tsbuildinfo')],
    ],
  },
  {
    name: 'format',
    command: [
      ...[tool('prettier'), '--check', '.', '--log-level', 'warn'],
      ...['--cache', '--cache-strategy', 'content', '--cache-location', join(cache, 'format.json')],
    ],
  },
  // Which room may import which, and no circles: build/walls.cjs.
  { name: 'walls', command: [tool('depcruise'), '--config', 'build/walls.cjs', 'src', 'cdktf', 'build'] },
  { name: 'kibana', command: [tool('tsx'), 'build/kibana.ts', '--check'] },
  { name: 'references', command: [tool('tsx'), 'build/references.ts', '--check'] },
  { name: 'pages', command: [tool('tsx'), 'build/markdown.ts'] },
  { name: 'words', command: [tool('tsx'), 'build/words.ts'] },
];

/** Runs a part. @returns whether it passed, with all that it said */
function run({ name, command: [file, ...args] }) {
  const from = Date.now();
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (said += text));
    }
    const end = (passed) => resolve({ name, passed, said: said.trim(), seconds: (Date.now() - from) / 1000 });
    child.on('error', (error) => {
      said += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No such part: ${unknown.join(', ')}. Parts: ${parts.map(({ name }) => name).join(', ')}.\n`);
  process.exit(2);
}
const waiting = parts.filter(({ name }) => asked.length === 0 || asked.includes(name));
const failed = [];

async function work() {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    const { name, passed, said, seconds } = await run(part);
    process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
    if (!passed) failed.push(name);
    if (said !== '') process.stdout.write(`${said}\n`);
  }
}

await Promise.all([work(), work()]);
if (failed.length > 0) {
  process.stderr.write(`The check failed in: ${failed.join(', ')}.\n`);
  process.exitCode = 1;
}
