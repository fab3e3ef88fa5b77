import { statfsSync } from 'node:fs';

/** Room on the disk of a folder, in bytes, for those who are not root. */
export interface Room {
  free: number;
  total: number;
}

/** Below this many bytes parts fail to write what they must: a segment of a topic, a commit, a checkpoint. */
export const fullBelow = 64 * 2 ** 20;

/** Undefined when the folder can't be asked. */
export function roomOf(folder: string): Room | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

/** True when the folder's disk is full; false when that is unknown. */
export function isFull(folder: string): boolean {
  const room = roomOf(folder);
  return room !== undefined && room.free < fullBelow;
}
