select asset_id,
       asset_type,
       ref_date,
       min(price_crypto) as lowest,
       max(price_crypto) as highest,
       avg(price_crypto) as average,
       count(*) as bars
from {{ source('lake', 'crypto_quote') }}
group by asset_id, asset_type, ref_date
