CREATE TABLE booking_services ( -- what differs from the module's settings
    product_id bigint PRIMARY KEY REFERENCES products ON DELETE CASCADE,
    shop_id int NOT NULL REFERENCES shops,
    is_booked boolean NOT NULL DEFAULT true, -- false: it is sold without a time
    minutes int CHECK (minutes BETWEEN 5 AND 1440), -- null: as the settings say
    places int CHECK (places BETWEEN 1 AND 500) -- a calendar of its own; null: the shop's
);
CREATE INDEX booking_services_shop ON booking_services (shop_id);

CREATE TABLE booking_days_off (
    shop_id int NOT NULL REFERENCES shops,
    day date NOT NULL, -- by the shop's calendar
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (shop_id, day)
);

CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    buyer_no bigint NOT NULL,
    product_id bigint NOT NULL,
    title text NOT NULL,
    places int NOT NULL CHECK (places > 0),
    calendar bigint NOT NULL, -- a product's number; below zero: the shop's
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN (
        'held', 'requested', 'confirmed', -- these keep their places
        'released', 'declined', 'cancelled', 'lost'
    )),
    order_id bigint REFERENCES orders,
    held_until timestamptz, -- of one without an order
    reason text NOT NULL DEFAULT '',
    decided_by text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (starts_at < ends_at),
    CHECK ((held_until IS NULL) = (state <> 'held' OR order_id IS NOT NULL))
);
-- One choice of a service at a time that is not an order yet.
CREATE UNIQUE INDEX bookings_choice ON bookings (shop_id, buyer_no, product_id)
    WHERE state = 'held' AND order_id IS NULL;
CREATE INDEX bookings_lapsing ON bookings (bot_id, held_until) WHERE held_until IS NOT NULL;
CREATE INDEX bookings_order ON bookings (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX bookings_starts ON bookings (bot_id, starts_at, id);
CREATE INDEX bookings_buyer ON bookings (shop_id, buyer_no);

-- Each place of a calendar is one booking's at a time, whoever writes here.
CREATE TABLE booking_places (
    booking_id bigint NOT NULL REFERENCES bookings ON DELETE CASCADE,
    calendar bigint NOT NULL,
    place int NOT NULL,
    during tstzrange NOT NULL,
    PRIMARY KEY (booking_id, place),
    CONSTRAINT booking_places_once EXCLUDE USING gist (
        int8range(calendar, calendar, '[]') WITH &&,
        int4range(place, place, '[]') WITH &&,
        during WITH &&
    )
);
