/** A zip whose bytes depend on its contents only. */
export function archive(files: Record<string, Uint8Array>): Uint8Array;
