import { serveQueries } from '../../../src/query/worker-process.ts';

serveQueries();
