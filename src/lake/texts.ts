/** What one row of each table and view is: docs/tables.md shows it. */
export const tableTexts: Readonly<Record<string, string>> = {
  'crypto_db.crypto_quote': 'One row for each coin and minute: the bar of that minute. The newest revision wins.',
  'crypto_db.crypto_trader': 'One row for each trade, as it came.',
  'crypto_db.crypto_assets': 'One row for each coin: its icon.',
  'crypto_db.bad_record': 'One row for each malformed record, with its payload and what is wrong with it.',
  'crypto_db.quote_coverage':
    'Minutes that the producer of quotes watched: one row for each pair, start and state. A longer interval with the same start replaces a shorter one.',
  'crypto_db.market_trade': 'One row for each trade of an exchange, as it came first.',
  'crypto_db.market_hole':
    'One row for each range of trade ids that was missed: what has become of it. The newest revision wins.',
  'crypto_db.candle_difference':
    'One row for each minute whose bar differed from the exchange’s own candle: the last comparison of it.',
  'crypto_silver.quote_minute':
    'One row for each coin and minute, without a hole: traded, quoted, carried and missing minutes.',
  'crypto_silver.trade_valued': 'One row for each trade, with its value.',
  'crypto_gold.candle': 'One row for each coin, period and start.',
  'crypto_gold.trade_volume': 'One row for each coin, period and start with a trade: what people bought and sold.',
  'crypto_gold.position': 'One row for each user and coin: holding, average cost and result.',
  'crypto_db.crypto_trader_view':
    'Each trade with the price of its minute, the source of that price, the icon of the coin and the value of the trade.',
};
