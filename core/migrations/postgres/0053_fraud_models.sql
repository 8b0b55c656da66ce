-- Models that learn from what people decided in the review queue: one champion, whose scores count,
-- and one in its shadow, whose scores are only stored. `trees` are arrays (npz), never code.
CREATE TABLE fraud_models (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('shadow', 'champion', 'retired')),
    trained_at timestamptz NOT NULL DEFAULT now(),
    window_from timestamptz NOT NULL, -- when the labels that it learnt from became known
    window_until timestamptz NOT NULL,
    labels int NOT NULL,
    frauds int NOT NULL,
    shops int NOT NULL,
    features jsonb NOT NULL, -- names, in the order of the trees' columns
    metrics jsonb NOT NULL, -- on the weeks that were kept back
    reference jsonb NOT NULL, -- how features and scores were spread then: the basis of drift
    versions jsonb NOT NULL, -- of the rules, and of the library that grew the trees
    trees bytea NOT NULL,
    by_rule boolean NOT NULL DEFAULT false, -- promoted without a person once later weeks show it
    promoted_at timestamptz,
    promoted_by text NOT NULL DEFAULT '',
    retired_at timestamptz
);
CREATE UNIQUE INDEX fraud_models_champion ON fraud_models ((true)) WHERE state = 'champion';
CREATE UNIQUE INDEX fraud_models_shadow ON fraud_models ((true)) WHERE state = 'shadow';
-- The features that raise a model's score most: rule, value, contribution in log-odds.
ALTER TABLE fraud_reasons ADD COLUMN features jsonb NOT NULL DEFAULT '[]';
