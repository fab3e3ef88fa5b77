import {
  describeGrowth,
  forecastDisk,
  gigabytes,
  type DiskForecast,
  type GrowingTable,
} from '../../lake/disk-forecast.ts';
import type { Found } from './model.ts';

/** The part of a status that tells how the disk fills. */
type Growing = Pick<Found, 'tables'> & { conditions: Pick<Found['conditions'], 'disk'> };

/** The tables of which it is known how they grow. */
export function growingTables({ tables }: Pick<Found, 'tables'>): GrowingTable[] {
  return tables.flatMap(({ name, bytes, growth, keptDays = 0 }) =>
    growth === undefined || growth.rowsPerSecond === 0 ? [] : [{ name, bytes, growth, keptDays }],
  );
}

/** Undefined while no table tells how it grows, or the disk can't be asked. */
export function forecastOf(found: Growing): DiskForecast | undefined {
  const { disk } = found.conditions;
  const tables = growingTables(found);
  return disk === undefined || tables.length === 0 ? undefined : forecastDisk(tables, disk.free);
}

/** What the tables will take, in a line; undefined while that is not known. */
export function describeForecast(found: Growing): string | undefined {
  const forecast = forecastOf(found);
  const { disk } = found.conditions;
  if (forecast === undefined || disk === undefined) return undefined;
  return `${describeGrowth(growingTables(found), forecast)}; ${gigabytes(disk.free)} are free`;
}
