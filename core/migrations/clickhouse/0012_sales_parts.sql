-- What a refund gave back of tax and shipping, apart from goods; customers who return.
ALTER TABLE order_day
    ADD COLUMN IF NOT EXISTS returned_tax_minor Nullable(Int64) DEFAULT 0 AFTER returns_minor,
    ADD COLUMN IF NOT EXISTS returned_shipping_minor Nullable(Int64) DEFAULT 0
        AFTER returned_tax_minor;

ALTER TABLE money_day
    ADD COLUMN IF NOT EXISTS returned_tax_minor Nullable(Int64) DEFAULT 0 AFTER shipping_minor,
    ADD COLUMN IF NOT EXISTS returned_shipping_minor Nullable(Int64) DEFAULT 0
        AFTER returned_tax_minor;

-- Days from before are computed again as they change, or by `vitrina kpi`: until then 0 and null.
ALTER TABLE customer_day
    ADD COLUMN IF NOT EXISTS buyers UInt32 AFTER returning_share,
    ADD COLUMN IF NOT EXISTS returning_buyers UInt32 AFTER buyers,
    ADD COLUMN IF NOT EXISTS returning_rate Nullable(Float64) AFTER returning_buyers;
