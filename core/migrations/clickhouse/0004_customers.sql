-- Customers: cohorts by their first day, buyers of the last year, and their segments.

-- shop · cohort's day · age · variant
CREATE TABLE IF NOT EXISTS cohort_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    age UInt16,
    cohort_size UInt32,
    retained UInt32,
    retention Nullable(Float64),
    returned UInt32,
    rolling_retention Nullable(Float64),
    converted UInt32,
    conversion Nullable(Float64),
    net_sales_minor Nullable(Int64),
    ltv_minor Nullable(Decimal(38, 4))
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, age);

-- shop · day · variant
CREATE TABLE IF NOT EXISTS customer_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    charged_minor Nullable(Int64),
    returning_minor Nullable(Int64),
    returning_share Nullable(Float64),
    buyers_in_year UInt32,
    repeat_buyers UInt32,
    repeat_rate Nullable(Float64),
    purchase_interval_days Nullable(Float64),
    churn_after_days UInt32,
    active_buyers UInt32,
    churned_buyers UInt32,
    churn Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · shopper · variant
CREATE TABLE IF NOT EXISTS rfm_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    buyer_no UInt64,
    recency_days UInt32,
    frequency UInt64,
    monetary_minor Nullable(Int64),
    r Nullable(UInt8),
    f Nullable(UInt8),
    m Nullable(UInt8),
    segment LowCardinality(String)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, buyer_no)
TTL day + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;
