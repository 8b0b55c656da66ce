-- Of what staff were told that few keys are left; told again once there were more in between.
CREATE TABLE few_key_notices (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id bigint NOT NULL DEFAULT 0,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, product_id, variant_id)
);
