-- The receipt is the orders' module's: on wherever the checkout is, with the owner's words at its end.
INSERT INTO bot_modules (bot_id, module, position, settings)
SELECT bot_id, 'orders', position, CASE
    WHEN coalesce(settings ->> 'thanks_ru', '') || coalesce(settings ->> 'thanks_en', '') = '' THEN '{}'
    ELSE jsonb_build_object('thanks', jsonb_build_object(
        'ru', coalesce(settings ->> 'thanks_ru', ''), 'en', coalesce(settings ->> 'thanks_en', '')))
    END
FROM bot_modules WHERE module = 'checkout_stars' AND enabled
ON CONFLICT (bot_id, module) DO NOTHING;
UPDATE bot_modules SET settings = settings - 'thanks_ru' - 'thanks_en' WHERE module = 'checkout_stars';
