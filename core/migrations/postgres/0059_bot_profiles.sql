-- What the bot says of itself at Telegram (name, description, commands …), as it was read last: what
-- is different the next time was changed by its owner, or by somebody else who has its token.
ALTER TABLE bots ADD COLUMN profile jsonb;
