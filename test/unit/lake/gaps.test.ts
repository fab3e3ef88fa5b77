import assert from 'node:assert/strict';
import { progressText } from '../../../src/local/backfill.ts';
import { listGaps, spanOf } from '../../../src/lake/gap-listing.ts';
import { gapData, renderGaps } from '../../../src/cli/gaps-text.ts';
import { declareLake } from '../../../src/lake/declaration.ts';
import { findGaps, readFacts, renderFactsQuery, settledTo, type CoinFacts, type Gap } from '../../../src/lake/gaps.ts';

const noon = Date.parse('2025-07-08T12:00:00Z');
const at = (minutes: number) => noon + minutes * 60_000;
const iso = (minutes: number) => new Date(at(minutes)).toISOString();
const short = ({ from, to, reason }: Gap) =>
  `${String((from - noon) / 60_000)}-${String((to - noon) / 60_000)} ${reason}`;
const span = (from: number, to: number) => ({ from: at(from), to: at(to) });

describe('the gaps of a coin', () => {
  const rows = [
    ['since', 'BTC', 'USD', iso(-600), iso(50)],
    ['watched', 'BTC', 'USD', iso(10), iso(60)],
    ['bars', 'BTC', 'USD', iso(2), iso(50)],
    ['hole', 'BTC', 'USD', iso(4), iso(8)],
    ['hole', 'BTC', 'USD', iso(14), iso(30)],
    // Bars from quotes in the minutes 31, 33 and 34, and in the next half of the hour.
    ['quoted', 'BTC', 'USD', iso(30), iso(49), 4n + 64n + 256n],
    ['quoted', 'BTC', 'USD', iso(9), iso(12), 4n ** 9n],
    ['observed', 'BTC', 'USD', iso(10), iso(18)],
    ['history', 'BTC', 'USD', iso(16), iso(20)],
    ['source-down', 'BTC', 'USD', iso(19), iso(25)],
    ['refused', 'BTC', 'USD', iso(17), iso(18)],
    ['refused', 'BTC', 'USD', iso(40), iso(41)],
    ['observed', 'BTC', 'USD', iso(40), iso(55)],
  ];

  it('have the reason that is known, and none where nothing was said yet', () => {
    const [facts] = readFacts(rows);
    assert.ok(facts);
    assert.equal(facts.since, at(-600));
    assert.deepEqual(findGaps(facts, span(0, 60)).map(short), [
      '0-2 unknown',
      '5-8 unknown',
      '9-10 quoted',
      '15-17 no trade',
      '17-18 refused',
      '18-20 no trade',
      '20-25 source down',
      '25-30 producer down',
      '31-32 quoted',
      '33-35 quoted',
      '51-55 no trade',
      '55-60 producer down',
    ]);
  });

  it('are what counting minute by minute gives', () => {
    let seed = 11;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const some = (count: number) =>
        Array.from({ length: count }, () => {
          const from = random(50);
          return span(from, from + 1 + random(12));
        });
      const [bars, known, down, refused] = [some(5), some(4), some(3), some(2)];
      const quoted = bars.slice(0, 1);
      const watchedSince = known.length === 0 ? undefined : Math.min(...known.map(({ from }) => from));
      const facts: CoinFacts = { coin: 'BTC/USD', since: at(0), watchedSince, bars, quoted, known, down, refused };
      const reasons = Array.from({ length: 60 }, (_, minute) => {
        const within = (spans: { from: number; to: number }[]) =>
          spans.some(({ from, to }) => from <= at(minute) && at(minute) < to);
        if (within(quoted)) return 'quoted';
        if (within(bars)) return '';
        if (within(refused)) return 'refused';
        if (within(known)) return 'no trade';
        if (within(down)) return 'source down';
        return watchedSince !== undefined && at(minute) >= watchedSince ? 'producer down' : 'unknown';
      });
      const found = Array.from({ length: 60 }, () => '');
      for (const { from, to, reason } of findGaps(facts, span(0, 60))) {
        for (let minute = (from - noon) / 60_000; minute < (to - noon) / 60_000; minute += 1) found[minute] = reason;
      }
      assert.deepEqual(found, reasons);
    }
  });

  it('of a coin that is traded every other minute are found one by one', () => {
    const everyOther = Array.from({ length: 15 }, (_, place) => 4n ** BigInt(2 * place)).reduce(
      (sum, digit) => sum + digit,
    );
    const holes = [
      ...Array.from({ length: 166 }, (_, n) => ['slot', 'BTC', 'USD', iso(n * 30), iso(n * 30 + 28), everyOther]),
      ...Array.from({ length: 166 }, (_, n) => ['hole', 'BTC', 'USD', iso(n * 30 + 28), iso(n * 30 + 30), null]),
    ];
    const [facts] = readFacts([['bars', 'BTC', 'USD', iso(0), iso(4980)], ...holes]);
    assert.ok(facts);
    const found = findGaps(facts, span(0, 4981)).map(({ from, to }) => [from, to]);
    assert.deepEqual(
      found,
      Array.from({ length: 2490 }, (_, n) => [at(n * 2 + 1), at(n * 2 + 2)]),
    );
  });
});

describe('listGaps', () => {
  const lake = declareLake(['BTC/USD', 'LTC/USD']);
  const now = at(70);
  const rows = [
    ['since', 'BTC', 'USD', iso(60), iso(66)],
    ['bars', 'BTC', 'USD', iso(60), iso(66)],
    ['hole', 'BTC', 'USD', iso(60), iso(66)],
  ];
  const list = (request: { from?: string; to?: string; coins?: string }) =>
    listGaps(lake, { from: undefined, to: undefined, coins: undefined, ...request }, async () => rows, now);

  it('begins with the first minute of a coin and ends where nothing more will come', async () => {
    assert.equal(settledTo(now), at(68));
    assert.deepEqual(
      (await list({})).map((gap) => `${gap.coin} ${short(gap)}`),
      ['BTC/USD 61-66 unknown', 'BTC/USD 67-68 unknown'],
    );
  });

  it('knows a renamed coin by each of its names', async () => {
    const renamed = declareLake(['XBT/USD', 'LTC/USD'], '', { renamed: { XBT: 'BTC' } });
    const asked = { from: undefined, to: undefined };
    const list = (coins: string | undefined) => listGaps(renamed, { ...asked, coins }, async () => rows, now);
    const expected = ['BTC/USD 61-66 unknown', 'BTC/USD 67-68 unknown'];
    for (const coins of [undefined, 'xbt/usd', 'BTC/USD', 'XBT/USD,BTC/USD']) {
      assert.deepEqual(
        (await list(coins)).map((gap) => `${gap.coin} ${short(gap)}`),
        expected,
        coins,
      );
    }
  });

  it('begins at a given time, also for a coin without a bar', async () => {
    assert.deepEqual(
      (await list({ from: '15m', coins: 'ltc/usd' })).map((gap) => `${gap.coin} ${short(gap)}`),
      ['LTC/USD 55-68 unknown'],
    );
  });

  const refused: [string, { from?: string; to?: string; coins?: string }, RegExp][] = [
    ['a start in the future', { from: '2025-07-09' }, /--from 2025-07-09 is in the future/],
    ['an end before the start', { from: '1h', to: '2h' }, /is not before --to/],
    ['what is no time', { from: 'yesterday' }, /not a time: yesterday/],
    ['an unknown coin', { coins: 'BTC/USD,XYZ/USD' }, /unknown coin XYZ\/USD/],
  ];
  for (const [what, request, message] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(list(request), { kind: 'usage', message });
    });
  }

  it('asks for whole settled minutes', () => {
    assert.deepEqual(spanOf({ from: '2025-07-08T12:00:30Z', to: '2025-07-08T12:05:59Z' }, now), span(0, 5));
    assert.deepEqual(spanOf({ from: '2025-07-08T12:00Z', to: '2025-07-08T13:30Z' }, now), span(0, 68));
  });

  it('asks the tables by their names, one statement for both engines', () => {
    const sql = renderFactsQuery(declareLake(['BTC/USD'], 'acme_'), span(0, 5));
    assert.match(sql, /from acme_crypto_db\.crypto_quote\n/);
    assert.match(sql, /from acme_crypto_db\.quote_coverage/);
    assert.match(sql, /cast\('2025-07-08 12:00:00 UTC' as timestamp with time zone\)/);
  });
});

describe('gaps on the screen', () => {
  const gap: Gap = { coin: 'BTC/USD', ...span(0, 5), reason: 'source down' };

  it('name coin, span, minutes and reason, and sum them up', () => {
    assert.equal(
      renderGaps([gap, { ...gap, ...span(9, 10) }]),
      [
        'coin     from                  to                    minutes  reason',
        'BTC/USD  2025-07-08T12:00:00Z  2025-07-08T12:05:00Z        5  source down',
        'BTC/USD  2025-07-08T12:09:00Z  2025-07-08T12:10:00Z        1  source down',
        '',
        'source down: 6 minutes',
      ].join('\n'),
    );
    assert.deepEqual(gapData(gap), {
      coin: 'BTC/USD',
      from: '2025-07-08T12:00:00Z',
      to: '2025-07-08T12:05:00Z',
      minutes: 5,
      reason: 'source down',
    });
  });

  it('are cut for people when they are many', () => {
    assert.match(renderGaps(Array.from({ length: 1001 }, () => gap)), /\n\.\.\. and 1 more run \(--json gives all\)\n/);
  });
});

describe('the progress of a backfill', () => {
  it('is a bar with its figures', () => {
    assert.equal(
      progressText({ minutes: 10_080, asked: 4032, bars: 3977 }),
      '[########------------]  40%  4,032 of 10,080 minutes asked, 3,977 bars',
    );
  });
});
