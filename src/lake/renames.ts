/** The later name of each coin that got one, such as `MATIC` to `POL`. One coin has one name after the other, and never an earlier one again. */
export type Renamed = Readonly<Record<string, string>>;

/** The name that a coin has now. `CoinNames` of the layers has the same rule. */
export function newestName(renamed: Renamed, coin: string): string {
  let name = coin;
  // A declaration with a circle is refused; here it must only end.
  for (let left = Object.keys(renamed).length; left > 0; left -= 1) name = nextName(renamed, name) ?? name;
  return name;
}

function nextName(renamed: Renamed, coin: string): string | undefined {
  return Object.hasOwn(renamed, coin) ? renamed[coin] : undefined;
}

/** A pair with the present name of its coin; its quote currency stays. */
export function newestPair(renamed: Renamed, pair: string): string {
  const [base = '', quote = ''] = pair.split('/');
  return `${newestName(renamed, base)}/${quote}`;
}

/** All names of a coin, the present one first. */
export function allNames(renamed: Renamed, coin: string): string[] {
  const names = [newestName(renamed, coin)];
  const earlier = (name: string) => Object.keys(renamed).find((candidate) => nextName(renamed, candidate) === name);
  for (let name = earlier(names[0] ?? ''); name !== undefined; name = earlier(name)) names.push(name);
  return names;
}

/** A pair under each name of its coin, the present one first. */
export function allPairs(renamed: Renamed, pair: string): string[] {
  const [base = '', quote = ''] = pair.split('/');
  return allNames(renamed, base).map((name) => `${name}/${quote}`);
}

/** SQL of the present name of the coin in a column. */
export function newestNameSql(renamed: Renamed, column: string): string {
  const cases = Object.keys(renamed).map((coin) => ` when '${coin}' then '${newestName(renamed, coin)}'`);
  return cases.length === 0 ? column : `case ${column}${cases.join('')} else ${column} end`;
}

/**
 * What to select bars from, with the present names of their coins as `asset_id`: of several bars of a minute, that under the newest name. In the
 * SQL that DuckDB and Athena share.
 * @param quotes name of the table
 * @param columns that are needed besides those of the key
 */
export function historySql(renamed: Renamed, quotes: string, columns: readonly string[]): string {
  const coins = [...new Set(Object.entries(renamed).flat())];
  if (coins.length === 0) return quotes;
  const names = coins.map((coin) => `'${coin}'`).join(', ');
  const others = ['asset_type', 'start_window', ...columns].join(', ');
  const coin = newestNameSql(renamed, 'asset_id');
  const ages = coins.map((name) => ` when '${name}' then ${String(allNames(renamed, name).indexOf(name))}`).join('');
  return `(
  select asset_id, ${others} from ${quotes} where asset_id not in (${names})
  union all
  select coin as asset_id, ${others} from (
    select ${coin} as coin, ${others},
           row_number() over (partition by ${coin}, asset_type, start_window order by case asset_id${ages} end) as place
    from ${quotes} where asset_id in (${names})
  ) where place = 1
)`;
}

/**
 * What to select coverage from, with the present names of its coins as `asset_id`. What was watched under a later name counts from its first bar on:
 * before, the coin was traded under another one.
 */
export function watchedSql(renamed: Renamed, coverage: string, quotes: string): string {
  const later = [...new Set(Object.values(renamed))].map((coin) => `'${coin}'`).join(', ');
  if (later === '') return coverage;
  return `(
  select ${newestNameSql(renamed, 'c.asset_id')} as asset_id, c.asset_type, c.state,
         case when f.first_window > c.start_window then f.first_window else c.start_window end as start_window, c.end_window
  from ${coverage} c left join (
    select asset_id, asset_type, min(start_window) as first_window from ${quotes} where asset_id in (${later}) group by asset_id, asset_type
  ) f on f.asset_id = c.asset_id and f.asset_type = c.asset_type
  where c.asset_id not in (${later}) or f.first_window < c.end_window
)`;
}
