import type { Problem } from '../../lake/alarms.ts';
import { localThreshold } from '../../lake/alarms.ts';
import { adviseRoom, bytesPerDay, describeDays, describeSize, gigabytes } from '../../lake/disk-forecast.ts';
import { describeDamagedFile } from '../memory-files.ts';
import { forecastOf, growingTables } from './disk-forecast.ts';
import { fullBelow } from './free-space.ts';
import type { Found } from './model.ts';
import { count, megabytes } from '../../tools/phrases.ts';

/** Below this many bytes the disk is filling. */
const fillingBelow = localThreshold('disk-filling');

export function ofCopy({ copiedFrom, data }: Found): Problem[] {
  if (copiedFrom === undefined) return [];
  return [
    {
      id: 'lake-copied',
      what: `${data} was copied or moved from the lake in ${copiedFrom}`,
      next: `Put it back to ${copiedFrom}; a copy that nobody needs can be deleted as it is.`,
    },
  ];
}

export function ofStrays({ strays = [] }: Found): Problem[] {
  if (strays.length === 0) return [];
  const who = strays.map(({ id, pid }) => `${id} (pid ${String(pid)})`).join(', ');
  return [
    {
      id: 'process-unknown',
      what: `${count(strays.length, 'process')} of this lake run and no file names them: ${who}`,
      next: 'Run "cryptodm up": it ends them and starts the parts again; "cryptodm down" ends them, too.',
    },
  ];
}

export function ofFiles({ damaged = [] }: Found): Problem[] {
  return damaged.map((file) => ({ id: 'file-damaged', what: describeDamagedFile(file), next: file.repair }));
}

export function ofRoom({ conditions: { disk }, data }: Found): Problem[] {
  if (disk === undefined || disk.free >= fillingBelow) return [];
  const free = megabytes(disk.free);
  if (disk.free < fullBelow) {
    return [
      {
        id: 'disk-full',
        what: `the disk of ${data} is full: ${free} are left`,
        next: 'Make room: everything waits and goes on by itself.',
      },
    ];
  }
  return [
    {
      id: 'disk-filling',
      what: `the disk of ${data} is filling: ${free} are left`,
      next: 'Make room, or run "cryptodm optimize-iceberg".',
    },
  ];
}

/** A disk that the tables will fill before they are as large as they get. One that is nearly full is named as that. */
export function ofForecast(found: Found): Problem[] {
  const { disk } = found.conditions;
  const fullIn = forecastOf(found)?.fullIn;
  if (disk === undefined || disk.free < fillingBelow || fullIn === undefined) return [];
  const growing = growingTables(found).sort((one, other) => bytesPerDay(other) - bytesPerDay(one));
  return [
    {
      id: 'disk-short',
      what: `the disk of ${found.data} will be full in about ${describeDays(fullIn)}: ${gigabytes(disk.free)} are free; ${growing.slice(0, 1).map(describeSize).join('')}`,
      next: adviseRoom(growing),
    },
  ];
}
