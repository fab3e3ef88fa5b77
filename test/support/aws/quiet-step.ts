import { setTimeout as pause } from 'node:timers/promises';
import { readObject, writeObject } from '../../../src/aws/services/objects.ts';

/**
 * Stands for a stream job where its rows do not matter: `node --import tsx quiet-step.ts spark-submit <submitted arguments>`. It reports a first
 * trigger, reads nothing, and ends once another text than its own is its mark, as `RunMark` does (docs/contracts.md).
 */
const args = process.argv.slice(2);
const after = (flag: string) => args[args.indexOf(flag) + 1] ?? '';
const job = after('--name');
const [, bucket = ''] = /^s3:\/\/([^/]+)\//.exec(after('--spec')) ?? [];
const connection = { region: process.env['AWS_REGION'] ?? 'us-east-1' };
const own = `${String(process.pid)} ${new Date().toISOString()}`;
await writeObject(connection, bucket, `progress/${job}.run`, own);
const at = new Date().toISOString();
const counts = { batch: 1, batches: 1, rows: 0, inputRows: 0, batchMs: 1, badRecords: 0, lag: 0 };
const progress = { job, at, state: 'running', since: at, ...counts, offsets: {}, generation: 1, triggered: true };
await writeObject(connection, bucket, `progress/${job}.json`, JSON.stringify(progress));
while ((await readObject(connection, bucket, `progress/${job}.run`))?.text === own) await pause(1000);
