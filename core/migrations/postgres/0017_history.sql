-- What a shop's days were counted by before: a change of its time zone or currency counts all days
-- again whose events are still kept, from `recount_from` on; days before keep the clock they had.
CREATE TABLE shop_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id integer NOT NULL REFERENCES shops,
    changed_at timestamptz NOT NULL DEFAULT now(),
    timezone_before text NOT NULL,
    timezone text NOT NULL,
    currency_before text NOT NULL,
    currency text NOT NULL,
    recount_from date NOT NULL
);
CREATE INDEX shop_changes_by_shop ON shop_changes (shop_id, id);

-- How much one main unit of `currency` is in main units of `base_currency`, from a day on: said by
-- the owner. An event's own rate comes first.
CREATE TABLE shop_rates (
    shop_id integer NOT NULL REFERENCES shops,
    currency text NOT NULL,
    base_currency text NOT NULL,
    valid_from date NOT NULL,
    rate numeric(30, 12) NOT NULL CHECK (rate > 0),
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, base_currency, currency, valid_from),
    CHECK (currency != base_currency)
);

-- Days of a shop that are to be computed again, every table of them, up to today.
CREATE TABLE recounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id integer NOT NULL REFERENCES shops,
    first_day date NOT NULL,
    -- Money of days before is in another currency, and must not be added to that of later ones.
    money_before_is_void boolean NOT NULL DEFAULT false,
    asked_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
);
CREATE INDEX recounts_open ON recounts (id) WHERE done_at IS NULL;
