-- Whether there were enough decisions to make probabilities of the model's scores. Of models trained
-- before that was noted nobody knows: they are left to a person.
ALTER TABLE fraud_models ADD COLUMN is_calibrated boolean NOT NULL DEFAULT false;
