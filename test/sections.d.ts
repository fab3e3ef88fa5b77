export interface Item {
  name?: string;
  mocha?: string;
  grep?: string;
  jvm?: 'quick' | 'long';
  command?: string[];
}

export interface Section {
  name: string;
  items: Item[];
  needs?: ('setup' | 'terraform')[];
  seconds: number;
}

export const quickSections: (Section & { lane: 'a' | 'b' })[];
export const longSections: (Section & { holds: string })[];
/** Benchmarks that run in their short form in the long section only. */
export const longBenchmarks: string[];
