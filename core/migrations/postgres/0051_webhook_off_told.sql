-- Whether the owners were told in their chats that a web hook was switched off for its failures.
ALTER TABLE webhook_endpoints ADD COLUMN off_told_at timestamptz;
UPDATE webhook_endpoints SET off_told_at = now() WHERE state = 'failed';
