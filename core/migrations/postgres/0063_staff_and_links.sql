-- Shops sell meanwhile. Who waits for a lock makes everybody behind it wait: after this time the
-- script is undone, and `vitrina migrate` begins it anew. Whoever writes customers waits from their
-- index on, so the longer one, of payments, comes first.
SET LOCAL lock_timeout = '10s';

-- Who paid for several accounts.
CREATE INDEX payments_payer ON payments (payer_telegram_id) WHERE payer_telegram_id > 0;

-- Scores do not count for them, and each publication asks who they are.
CREATE INDEX customers_staff ON customers (shop_id, buyer_no) WHERE is_staff;

-- Somebody of a shop's staff, or an owner of it, is no shopper from their first visit on, also if
-- they were made staff before they ever wrote to the bot.
CREATE FUNCTION is_of_staff(shop int, person bigint) RETURNS boolean
LANGUAGE sql STABLE RETURN
    EXISTS (SELECT FROM staff_members AS m WHERE (m.shop_id, m.telegram_id) = (shop, person))
    OR EXISTS (
        SELECT FROM owner_chats AS c JOIN access_links AS l ON l.id = c.link_id
        WHERE c.telegram_id = person AND l.role = 'owner' AND l.revoked_at IS NULL
            AND (l.expires_at IS NULL OR l.expires_at > now())
            AND (l.shop_ids IS NULL OR shop = ANY(l.shop_ids)));

CREATE FUNCTION mark_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_staff := is_of_staff(NEW.shop_id, NEW.telegram_id);
    RETURN NEW;
END
$$;

UPDATE customers SET is_staff = true
WHERE telegram_id > 0 AND NOT is_staff AND is_of_staff(shop_id, telegram_id)
    AND telegram_id IN (
        SELECT telegram_id FROM staff_members UNION SELECT telegram_id FROM owner_chats);

CREATE TRIGGER customers_of_staff BEFORE INSERT ON customers
    FOR EACH ROW WHEN (NEW.telegram_id > 0 AND NOT NEW.is_staff) EXECUTE FUNCTION mark_staff();
