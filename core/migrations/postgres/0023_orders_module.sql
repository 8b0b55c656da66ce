-- The receipt is the orders' module's: on wherever Stars are taken, with the owner's own words.
INSERT INTO bot_modules (bot_id, module, enabled, position, settings)
SELECT bot_id, 'orders', enabled, position, CASE
    WHEN coalesce(settings ->> 'thanks_ru', '') || coalesce(settings ->> 'thanks_en', '') = '' THEN '{}'
    ELSE jsonb_build_object('thanks', jsonb_build_object(
        'ru', coalesce(settings ->> 'thanks_ru', ''), 'en', coalesce(settings ->> 'thanks_en', '')))
    END
FROM bot_modules WHERE module = 'stars'
ON CONFLICT (bot_id, module) DO NOTHING;
UPDATE bot_modules SET settings = settings - 'thanks_ru' - 'thanks_en' WHERE module = 'stars';
UPDATE module_texts SET module = 'orders' WHERE module = 'stars' AND text_key IN ('oversold', 'thanks');
DELETE FROM module_texts WHERE module = 'stars' AND text_key = 'receipt'; -- of other places
