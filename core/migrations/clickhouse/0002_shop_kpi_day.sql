-- Figures of a shop's calendar day in its own time zone. Dagster computes a whole day of every
-- shop and swaps it in as one partition (REPLACE PARTITION), so a day is always old or new.
-- Formulas: pipelines/kpis/schemas.py. Money is in minor units; NULL is "no denominator" or, for
-- money of shop_kpi_day, "the day has sales in a currency without a rate to the shop's own".

-- What people did, and money in the shop's own currency: one row a shop, also on an idle day.
CREATE TABLE IF NOT EXISTS shop_kpi_day (
    day Date,
    shop_id UInt32,
    timezone LowCardinality(String),
    currency LowCardinality(String),
    new_users UInt32,
    starts UInt32,
    active_users UInt32,
    buyers UInt32,
    paid_orders UInt32,
    units UInt64,
    payments_succeeded UInt32,
    payments_failed UInt32,
    payments_expired UInt32,
    gross_sales_minor Nullable(Int64),
    discounts_minor Nullable(Int64),
    returns_minor Nullable(Int64),
    net_sales_minor Nullable(Int64),
    aov_minor Nullable(Decimal(18, 4)),
    arpu_minor Nullable(Decimal(18, 4)),
    arppu_minor Nullable(Decimal(18, 4)),
    items_per_order Nullable(Float64),
    payment_success Nullable(Float64),
    buyer_conversion Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, day);

-- Money as it was paid: one row a shop and currency in which something was sold or returned.
CREATE TABLE IF NOT EXISTS shop_money_day (
    day Date,
    shop_id UInt32,
    currency LowCardinality(String),
    buyers UInt32,
    paid_orders UInt32,
    units UInt64,
    gross_sales_minor Int64,
    discounts_minor Int64,
    returns_minor Int64,
    net_sales_minor Int64,
    paid_total_minor Int64,
    aov_minor Nullable(Decimal(18, 4)),
    arpu_minor Nullable(Decimal(18, 4)),
    arppu_minor Nullable(Decimal(18, 4))
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, currency, day);
