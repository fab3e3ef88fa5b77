/** A row of the table of quotes as a value of INSERT: one bar of a coin in dollars, at one price. @param at start of its minute */
export function barRow(coin: string, at: Date, price: number): string {
  const start = `timestamp '${at.toISOString().slice(0, 19).replace('T', ' ')} UTC'`;
  const day = `date '${at.toISOString().slice(0, 10)}'`;
  const prices = `${String(price)}, ${day}, ${[1, 2, 3].map(() => String(price)).join(', ')}`;
  return `('${coin}', 'USD', ${start}, ${start} + interval '1' minute, ${prices}, 1, null, null, 'simulate', ${start}, 1, null)`;
}
