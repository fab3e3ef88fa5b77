import { describeSeeds } from '../../support/exchange/seeds.ts';

// Of another range: EXCHANGE_SEEDS=1 EXCHANGE_FIRST_SEED=17.
const count = Number(process.env['EXCHANGE_SEEDS'] ?? 60);
const first = Number(process.env['EXCHANGE_FIRST_SEED'] ?? 1);
const seeds = Array.from({ length: count }, (_, at) => first + at);
const half = Math.ceil(count / 2);
const durationMs = 20_000;

describeSeeds({ venues: ['coinbase', 'kraken'], seeds: seeds.slice(0, half), durationMs });
if (count > half) describeSeeds({ venues: ['kraken', 'coinbase'], seeds: seeds.slice(half), durationMs });
