import { serveQueries } from '../../../src/local/query/worker-process.ts';

serveQueries();
