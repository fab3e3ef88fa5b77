import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Closes the catalogs that this process has read: libsql can't finalize a statement, so its database stays open until the statement is collected. */
export const collectGarbage = runInNewContext('gc') as () => void;
