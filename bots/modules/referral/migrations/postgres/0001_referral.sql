-- A shopper's own link.
CREATE TABLE referral_links (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    code text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no),
    UNIQUE (shop_id, code),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- Who came by whose link, once. A shop numbers its customers as they come: whoever invites has the
-- lower number, so nobody invites themselves, and no chain of invitations comes back to where it
-- began. An inviter of 0 was erased.
CREATE TABLE referrals (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    inviter_buyer_no bigint NOT NULL,
    bot_id bigint NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE,
    CONSTRAINT referrals_no_self_no_cycle CHECK (inviter_buyer_no < buyer_no)
);
CREATE INDEX referrals_inviter ON referrals (shop_id, inviter_buyer_no, registered_at);

-- One reward for an invited person and a level, unless it was rejected. The amount is what the
-- order was worth when it was paid; what went back of it since is taken off when it is given.
CREATE TABLE referral_rewards (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL,
    buyer_no bigint NOT NULL, -- whose it is; 0: erased
    invited_buyer_no bigint NOT NULL, -- 0: erased
    level smallint NOT NULL CHECK (level IN (1, 2)),
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    is_share boolean NOT NULL, -- of the order: less of it, less reward
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'given', 'rejected')),
    suspicion text NOT NULL DEFAULT '' CHECK (suspicion IN ('', 'contact', 'burst')),
    reason text NOT NULL DEFAULT '', -- why it was rejected
    way text NOT NULL DEFAULT '', -- how it was given
    earned_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    decided_at timestamptz,
    CHECK (buyer_no < invited_buyer_no OR 0 IN (buyer_no, invited_buyer_no)),
    CHECK ((state = 'held') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX referral_rewards_once ON referral_rewards (shop_id, invited_buyer_no, level)
    WHERE state <> 'rejected' AND invited_buyer_no > 0;
CREATE INDEX referral_rewards_due ON referral_rewards (bot_id, due_at) WHERE state = 'held';
CREATE INDEX referral_rewards_buyer ON referral_rewards (shop_id, buyer_no, earned_at);
CREATE INDEX referral_rewards_order ON referral_rewards (order_id);
CREATE INDEX referral_rewards_newest ON referral_rewards (shop_id, id);
