select t.asset_id,
       t.asset_type,
       t.ref_date,
       t.trade_type,
       count(*) as trades,
       sum(t.quantity) as quantity,
       sum(t.quantity * p.average) as turnover
from {{ source('lake', 'crypto_trader') }} t
join {{ ref('daily_price') }} p
  on p.asset_id = t.asset_id
 and p.asset_type = t.asset_type
 and p.ref_date = t.ref_date
group by t.asset_id, t.asset_type, t.ref_date, t.trade_type
