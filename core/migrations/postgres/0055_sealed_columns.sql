-- What each sealed value is bound to, for `vitrina keys rotate`: columns in braces. In JSON, sealed
-- values are objects with `sealed` (base64); one with a `row` of its own names it itself.
COMMENT ON COLUMN bots.token_sealed IS 'sealed: bots|{id}|token';
COMMENT ON COLUMN bot_sessions.auth_key_sealed IS 'sealed: bot_sessions|{bot_id}|auth_key';
COMMENT ON COLUMN hook_secrets.sealed IS 'sealed: hook_secrets|{bot_id}|{module}';
COMMENT ON COLUMN webhook_endpoints.sealed IS 'sealed: webhook_endpoints|{id}';
COMMENT ON COLUMN webhook_endpoints.former_sealed IS 'sealed: webhook_endpoints|{id}';
COMMENT ON COLUMN idempotency_keys.sealed IS 'sealed: idempotency_keys|{session_id}|{key}';
COMMENT ON COLUMN export_schedules.keys_sealed IS 'sealed: export_schedules|{id}|keys';
COMMENT ON COLUMN bot_modules.settings IS 'sealed in json: bot_modules|{bot_id}|{module}';
COMMENT ON COLUMN bot_module_changes.settings IS 'sealed in json: bot_modules|{bot_id}|{module}';
COMMENT ON COLUMN outgoing.message IS 'sealed in json: ';
