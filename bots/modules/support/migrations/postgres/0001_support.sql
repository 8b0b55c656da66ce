-- Questions of shoppers, what was written about each, and what the owner has ready to answer.
CREATE TABLE support_tickets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    ticket_no int NOT NULL, -- as staff and owner know it
    buyer_no bigint NOT NULL, -- 0: erased
    order_id bigint REFERENCES orders, -- null: about no order
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'answered', 'closed')),
    assignee text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT now(),
    waiting_since timestamptz, -- the shopper's first words that nobody has answered
    first_reply_at timestamptz,
    last_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '' CHECK (closed_by IN ('', 'shop', 'shopper', 'time')),
    closings int NOT NULL DEFAULT 0,
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    rating_asked_at timestamptz,
    UNIQUE (shop_id, ticket_no)
);
CREATE UNIQUE INDEX support_tickets_open ON support_tickets (bot_id, buyer_no, coalesce(order_id, 0))
    WHERE state <> 'closed' AND buyer_no > 0;
CREATE INDEX support_tickets_buyer ON support_tickets (shop_id, buyer_no, id);
CREATE INDEX support_tickets_listed ON support_tickets (bot_id, id);
CREATE INDEX support_tickets_state ON support_tickets (bot_id, state, id);
CREATE INDEX support_tickets_shopper ON support_tickets (bot_id, buyer_no, id);
CREATE INDEX support_tickets_order ON support_tickets (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX support_tickets_opened ON support_tickets (bot_id, opened_at);

-- A picture or PDF is the shop's (`files`) once it was fetched, by `sha256`.
CREATE TABLE support_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id bigint NOT NULL REFERENCES support_tickets ON DELETE CASCADE,
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL, -- whose ticket it is
    author text NOT NULL CHECK (author IN ('shopper', 'shop')),
    said_by text NOT NULL DEFAULT '', -- of the shop, who
    body text NOT NULL DEFAULT '',
    file_kind text CHECK (file_kind IN ('photo', 'document')),
    file_id text NOT NULL DEFAULT '', -- at Telegram
    file_name text NOT NULL DEFAULT '',
    sha256 bytea,
    trouble text, -- why the file cannot be shown
    sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX support_messages_ticket ON support_messages (ticket_id, id);
CREATE INDEX support_messages_buyer ON support_messages (shop_id, buyer_no, sent_at);

-- Questions that a ready answer was shown for: within the hour each counts as a message; those that
-- are older go with the shopper's next.
CREATE TABLE support_suggestions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    shown_at timestamptz NOT NULL,
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX support_suggestions_buyer ON support_suggestions (shop_id, buyer_no, shown_at);

CREATE TABLE support_questions ( -- with the owner's answers: shown before a ticket is opened
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    position int NOT NULL DEFAULT 0,
    question_ru text NOT NULL DEFAULT '',
    question_en text NOT NULL DEFAULT '',
    answer_ru text NOT NULL DEFAULT '',
    answer_en text NOT NULL DEFAULT '',
    shown int NOT NULL DEFAULT 0,
    helped int NOT NULL DEFAULT 0,
    stems_ru text[] NOT NULL GENERATED ALWAYS AS (
        tsvector_to_array(to_tsvector('russian', plain_words(question_ru)))
    ) STORED,
    stems_en text[] NOT NULL GENERATED ALWAYS AS (
        tsvector_to_array(to_tsvector('russian', plain_words(question_en)))
    ) STORED,
    answer_stems text[] NOT NULL GENERATED ALWAYS AS (
        tsvector_to_array(to_tsvector('russian', plain_words(answer_ru || ' ' || answer_en)))
    ) STORED
);
CREATE INDEX support_questions_bot ON support_questions (bot_id, position, id);

CREATE TABLE support_answers ( -- that staff have ready
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    position int NOT NULL DEFAULT 0,
    title text NOT NULL,
    text_ru text NOT NULL DEFAULT '',
    text_en text NOT NULL DEFAULT ''
);
CREATE INDEX support_answers_bot ON support_answers (bot_id, position, id);
