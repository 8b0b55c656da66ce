-- Daily figures, each computed by one run for every shop and swapped in as one partition. Formulas:
-- the schemas of pipelines/<domain>/schemas.py, which a test holds equal to these tables.
-- `variant` is raw or clean (without flagged fraud). Money is in minor units of the shop's own
-- currency; NULL is no denominator, a rate that is not known, or not complete yet.

-- shop · day · event · shopper · kind · currency
CREATE TABLE IF NOT EXISTS buyer_event_day (
    day Date,
    shop_id UInt32,
    event LowCardinality(String),
    buyer_no UInt64,
    kind LowCardinality(String),
    currency LowCardinality(String),
    events UInt64,
    first_starts UInt64,
    first_at DateTime64(3, 'UTC'),
    last_at DateTime64(3, 'UTC'),
    amount_minor Int64,
    base_minor Nullable(Int64),
    base_fee_minor Nullable(Int64),
    quantity Int64,
    first_source_id UInt32
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (event, shop_id, buyer_no, kind, currency)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1;

-- shop · day · order
CREATE TABLE IF NOT EXISTS order_day (
    day Date,
    shop_id UInt32,
    order_id UInt64,
    buyer_no UInt64,
    orders UInt64,
    paid_at Nullable(DateTime64(3, 'UTC')),
    units Int64,
    lines UInt64,
    gross_minor Nullable(Int64),
    discount_minor Nullable(Int64),
    tax_minor Nullable(Int64),
    shipping_minor Nullable(Int64),
    cost_minor Nullable(Int64),
    returns_minor Nullable(Int64),
    first_source_id UInt32,
    is_digital Bool
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, buyer_no, order_id)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1;

-- shop · day · variant
CREATE TABLE IF NOT EXISTS audience_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    new_users UInt32,
    starts UInt64,
    dau UInt32,
    wau UInt32,
    mau UInt32,
    active_days UInt64,
    stickiness Nullable(Float64),
    ever_started UInt64,
    blocked_now UInt64,
    reachable_users UInt64,
    blocked_share Nullable(Float64),
    blocking UInt32,
    blocking_reachable UInt32,
    reachable_before UInt64,
    block_rate Nullable(Float64),
    activated UInt32,
    activation Nullable(Float64),
    sessions UInt64,
    gates_shown UInt32,
    gates_passed UInt32,
    gate_pass_rate Nullable(Float64),
    captchas_shown UInt32,
    captchas_passed UInt32,
    captcha_pass_rate Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · step · variant
CREATE TABLE IF NOT EXISTS funnel_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    step_no UInt8,
    step LowCardinality(String),
    users UInt32,
    went_on UInt32,
    step_rate Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, step_no);

-- shop · day · variant
CREATE TABLE IF NOT EXISTS conversion_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    active_users UInt32,
    buyers UInt32,
    buyer_conversion Nullable(Float64),
    carts UInt32,
    carts_paid UInt32,
    cart_abandonment Nullable(Float64),
    checkouts UInt32,
    checkouts_paid UInt32,
    checkout_abandonment Nullable(Float64),
    first_buyers UInt32,
    hours_to_first_purchase Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · variant
CREATE TABLE IF NOT EXISTS money_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    gross_sales_minor Nullable(Int64),
    discounts_minor Nullable(Int64),
    returns_minor Nullable(Int64),
    net_sales_minor Nullable(Int64),
    tax_minor Nullable(Int64),
    shipping_minor Nullable(Int64),
    total_sales_minor Nullable(Int64),
    cash_in_minor Nullable(Int64),
    cash_back_minor Nullable(Int64),
    cash_collected_minor Nullable(Int64),
    paid_orders UInt64,
    units UInt64,
    aov_minor Nullable(Decimal(38, 4)),
    items_per_order Nullable(Float64),
    charged_minor Nullable(Int64),
    refunded_minor Nullable(Int64),
    refund_rate Nullable(Float64),
    active_users UInt32,
    buyers UInt32,
    arpu_minor Nullable(Decimal(38, 4)),
    arppu_minor Nullable(Decimal(38, 4)),
    paying_share Nullable(Float64),
    cost_minor Nullable(Int64),
    gross_margin_minor Nullable(Int64),
    gross_margin Nullable(Float64),
    fees_minor Nullable(Int64),
    margin_after_fees_minor Nullable(Int64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · provider · variant
CREATE TABLE IF NOT EXISTS payment_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    provider LowCardinality(String),
    succeeded UInt32,
    failed UInt32,
    expired UInt32,
    payment_success Nullable(Float64),
    fees_minor Nullable(Int64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, provider);

-- shop · day · currency · variant
CREATE TABLE IF NOT EXISTS wallet_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    currency LowCardinality(String),
    opening_minor Int64,
    top_ups_minor Int64,
    purchases_minor Int64,
    refunds_minor Int64,
    rewards_minor Int64,
    payouts_minor Int64,
    change_minor Int64,
    liability_minor Nullable(Int64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, currency);

-- shop · day · product · variant
CREATE TABLE IF NOT EXISTS product_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    product_id UInt64,
    viewers UInt32,
    buyers UInt32,
    viewing_buyers UInt32,
    conversion Nullable(Float64),
    units Int64,
    gross_sales_minor Nullable(Int64),
    net_sales_minor Nullable(Int64),
    rank_by_net Nullable(Float64),
    rank_by_units Nullable(Float64),
    on_hand Nullable(Int64),
    units_28d Int64,
    days_of_cover Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, product_id);

-- shop · day · variant
CREATE TABLE IF NOT EXISTS catalogue_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    counted_products UInt32,
    products_out UInt32,
    stock_out_share Nullable(Float64),
    digital_orders UInt32,
    delivered_in_time UInt32,
    delivery_success Nullable(Float64),
    delivery_p95_us Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · touch · source · variant
CREATE TABLE IF NOT EXISTS source_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    touch LowCardinality(String),
    source_id UInt32,
    users UInt32,
    buyers UInt32,
    orders UInt32,
    first_buyers UInt32,
    net_sales_minor Nullable(Int64),
    cost_minor Nullable(Int64),
    cac_minor Nullable(Decimal(38, 4)),
    cpa_minor Nullable(Decimal(38, 4)),
    roas Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, touch, source_id);

-- shop · day · variant
CREATE TABLE IF NOT EXISTS referral_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    new_users UInt32,
    referred_users UInt32,
    referral_share Nullable(Float64),
    reward_cost_minor Nullable(Int64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant);

-- shop · day · broadcast · variant
CREATE TABLE IF NOT EXISTS broadcast_day (
    day Date,
    shop_id UInt32,
    variant LowCardinality(String),
    broadcast String,
    attempted UInt32,
    delivered UInt32,
    delivery_rate Nullable(Float64),
    clickers UInt32,
    click_rate Nullable(Float64),
    blocks_24h UInt32,
    blocks_per_1000 Nullable(Float64),
    clicker_orders UInt32,
    net_sales_72h_minor Nullable(Int64),
    is_complete Bool
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, variant, broadcast);

-- shop · day · bot · hour
CREATE TABLE IF NOT EXISTS service_hour (
    day Date,
    shop_id UInt32,
    bot_id UInt64,
    hour DateTime64(3, 'UTC'),
    updates UInt32,
    errors UInt32,
    error_share Nullable(Float64),
    reply_p50_us Nullable(Float64),
    reply_p95_us Nullable(Float64),
    reply_p99_us Nullable(Float64),
    failed_calls UInt32,
    flood_waits UInt64,
    flood_wait_seconds UInt64,
    minutes UInt8,
    down_minutes UInt8,
    uptime Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, bot_id, hour);

-- shop · day
CREATE TABLE IF NOT EXISTS health_day (
    day Date,
    shop_id UInt32,
    events UInt64,
    duplicates UInt64,
    lag_p95_ms Nullable(Float64),
    order_difference UInt64,
    paid_total_difference_minor Nullable(Int64),
    new_users UInt32,
    fraud_new_users UInt32,
    fraud_share Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id);
