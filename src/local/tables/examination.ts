import { existsSync } from 'node:fs';
import { readJars } from '../../toolchain/jars.ts';
import type { Finding } from '../../toolchain/examination.ts';
import { packageFolder } from '../../toolchain/preparation.ts';
import { describeDamage, describeForeign, examineTables } from './damage.ts';
import type { Caller } from '../../work.ts';
import type { LocalLake } from '../lake.ts';

/** Reads the tables of a lake, if there is one. Builds nothing for that. */
export async function examineData(lake: LocalLake, caller: Caller): Promise<Finding[]> {
  const { layout } = lake;
  const { cache } = lake.settings.paths;
  if (!existsSync(layout.spec) || !existsSync(layout.catalog)) return [];
  if (!readJars({ packageFolder: packageFolder(caller.entry), cache, use: 'local' }).ready) return [];
  try {
    const tables = await examineTables(lake, caller, []);
    return tables.flatMap((table): Finding[] => {
      const { name, rows, findings } = table;
      const what = `table ${name}`;
      const foreign = describeForeign(table);
      const others: Finding[] =
        foreign === ''
          ? []
          : [
              {
                ...{ what, state: 'warning', found: foreign },
                mend: `Run "cryptodm tables repair --table ${name}", or "cryptodm tables accept --table ${name}".`,
              },
            ];
      if (findings.length === 0 && others.length === 0) {
        return [{ what, state: 'ok', found: `${String(rows)} rows, each key once` }];
      }
      const damage = findings.map((finding) => {
        const { found, mend, harmless } = describeDamage(table, finding);
        return { what, state: harmless ? ('warning' as const) : ('fault' as const), found, mend };
      });
      return [...damage, ...others];
    });
  } catch (error) {
    if (caller.signal.aborted) throw error;
    return [{ what: 'tables', state: 'fault', found: (error as Error).message, mend: 'See "cryptodm status".' }];
  }
}
