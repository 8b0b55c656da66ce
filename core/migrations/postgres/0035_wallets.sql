-- What shops owe to shoppers, by double entry: an entry is a posting to a shopper's wallet and the
-- opposite one to an account of the shop. The constraints hold it, whatever the code does.

-- A top-up is paid like an order and sells nothing: no lines, and no time of a sale.
ALTER TABLE orders
    ADD COLUMN purpose text NOT NULL DEFAULT 'goods' CHECK (purpose IN ('goods', 'top_up')),
    -- The part of the total that the buyer's wallet pays: on hold until the order is paid.
    ADD COLUMN wallet_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_wallet CHECK (wallet_minor BETWEEN 0 AND total_minor),
    ADD CONSTRAINT orders_top_up CHECK (purpose = 'goods' OR wallet_minor = 0),
    DROP CONSTRAINT orders_check,
    ADD CONSTRAINT orders_paid_at CHECK
        ((purpose = 'goods' AND status IN ('paid', 'refunded')) = (paid_at IS NOT NULL));

CREATE TABLE wallets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL, -- 0: erased
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$' AND currency <> 'XTR'),
    balance_minor bigint NOT NULL DEFAULT 0,
    held_minor bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0), -- of the balance, for open orders
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT wallets_not_below_zero CHECK (balance_minor >= held_minor),
    UNIQUE (id, shop_id, currency)
);
CREATE UNIQUE INDEX wallets_buyer ON wallets (shop_id, buyer_no, currency) WHERE buyer_no > 0;
CREATE INDEX wallets_balance ON wallets (shop_id, balance_minor DESC, id);

CREATE TABLE wallet_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    currency text NOT NULL,
    kind text NOT NULL CHECK
        (kind IN ('top_up', 'purchase', 'refund', 'reward', 'payout', 'adjustment')),
    natural_key text NOT NULL, -- its cause: what comes twice is posted once
    order_id bigint REFERENCES orders,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    made_by text NOT NULL DEFAULT '', -- a link of the panel; empty: by itself
    created_at timestamptz NOT NULL,
    UNIQUE (shop_id, natural_key),
    UNIQUE (id, shop_id, currency)
);
CREATE INDEX wallet_entries_order ON wallet_entries (order_id);

-- The shop's accounts keep no running balance: it would be one row for which all payments wait.
CREATE TABLE wallet_postings (
    entry_id bigint NOT NULL,
    shop_id int NOT NULL,
    currency text NOT NULL,
    account text NOT NULL CHECK (account IN ('wallet', 'money', 'sales', 'gifts', 'corrections')),
    wallet_id bigint,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0), -- above zero: owed to the account
    balance_minor bigint, -- the wallet's after it
    PRIMARY KEY (entry_id, account),
    FOREIGN KEY (entry_id, shop_id, currency) REFERENCES wallet_entries (id, shop_id, currency),
    FOREIGN KEY (wallet_id, shop_id, currency) REFERENCES wallets (id, shop_id, currency),
    CHECK ((account = 'wallet') = (wallet_id IS NOT NULL)),
    CHECK ((account = 'wallet') = (balance_minor IS NOT NULL))
);
CREATE INDEX wallet_postings_wallet ON wallet_postings (wallet_id, entry_id DESC)
    WHERE wallet_id IS NOT NULL;

CREATE FUNCTION post_to_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.wallet_id IS NOT NULL THEN
        UPDATE wallets SET balance_minor = balance_minor + NEW.amount_minor
        WHERE id = NEW.wallet_id RETURNING balance_minor INTO NEW.balance_minor;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wallet_postings_post BEFORE INSERT ON wallet_postings
    FOR EACH ROW EXECUTE FUNCTION post_to_wallet();

CREATE FUNCTION keep_wallet_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a posting is never changed: correct it by another entry'
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER wallet_postings_kept BEFORE UPDATE ON wallet_postings
    FOR EACH ROW EXECUTE FUNCTION keep_wallet_posting();

CREATE FUNCTION check_wallet_entry(entry bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    postings int;
    total bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM wallet_entries WHERE id = entry) THEN
        RETURN; -- taken away whole, with its shop
    END IF;
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO postings, total
        FROM wallet_postings WHERE entry_id = entry;
    IF postings < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'wallet entry % has % postings that add up to %', entry, postings, total
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION check_new_wallet_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_wallet_entry(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION check_wallet_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_wallet_entry(CASE WHEN TG_OP = 'DELETE' THEN OLD.entry_id ELSE NEW.entry_id END);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wallet_entries_balanced AFTER INSERT ON wallet_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_new_wallet_entry();
CREATE CONSTRAINT TRIGGER wallet_postings_balanced AFTER INSERT OR DELETE ON wallet_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_wallet_posting();
