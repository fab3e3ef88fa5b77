import type { Random } from '../../faults/random.ts';

/** 32 bits that depend on all numbers, in their order. */
export function mix(...numbers: number[]): number {
  let hash = 0x2545f491;
  for (const number of numbers) {
    hash = Math.imul(hash ^ (number | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    hash ^= hash >>> 13;
  }
  return hash >>> 0;
}

/** The seed of something that has a name. */
export function seedOf(seed: number, name: string): number {
  return mix(seed, ...[...name].map((letter) => letter.codePointAt(0) ?? 0));
}

/** Smooth noise from -1 to 1: known at any time, in any order. */
export function noiseAt(seed: number, at: number, period: number): number {
  const cell = Math.floor(at / period);
  const share = at / period - cell;
  const left = mix(seed, cell) / 2 ** 31 - 1;
  const right = mix(seed, cell + 1) / 2 ** 31 - 1;
  return left + (right - left) * share * share * (3 - 2 * share);
}

const second = 1_000_000;
/** How far a price swings, and in which time. */
const swings = [
  [0.04, 86_400 * second],
  [0.02, 14_400 * second],
  [0.008, 1_800 * second],
  [0.003, 240 * second],
  [0.001, 30 * second],
  [0.0003, 4 * second],
] as const;

/** A price that wanders around `start`, at a time in microseconds. */
export function priceAt(seed: number, start: number, micros: number): number {
  let swing = 0;
  for (const [size, period] of swings) swing += size * noiseAt(mix(seed, period / second), micros, period);
  return start * Math.exp(swing);
}

/** How often something happens that happens `mean` times on average (Poisson). */
export function countAround(random: Random, mean: number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}
