"""The standard event types (docs/metrics.md) that no part of the platform emits by itself.

A module that counts one of these imports it from here; what is a module's own it declares in its
`events.py`. The intake takes all of them from shops that run their own code.

`Event.props` keys are named beside each type where there are any; the rest is in the envelope's
own columns (`order_id`, `product_id`, `amount_minor`, `quantity`, `outcome`).

An event with money in another currency than the shop's own has `props.rate`: units of the shop's
currency for one unit of the event's, as a decimal string ("1.805"). All its amounts convert by it;
without it, figures in the shop's currency are not known. Amounts in props are whole minor units of
the event's own currency.

What `core.events` types say there besides: bot_started: is_first, is_direct (no link was followed);
order_paid: discount_minor (the whole order's), tax_minor (on top of the prices; a tax inside them
is no sum of its own), shipping_minor, tip_minor, is_digital, and amount_minor is all that was paid;
refund_completed: tax_minor, shipping_minor, tip_minor, top_up_minor (what of the amount they are,
the rest is goods: `core.sales`); order_line: line (tells alike ones apart),
discount_minor (the line's share), cost_minor (of the line's whole quantity; absent if not known),
and amount_minor is unit price × quantity before any discount; payment_*: provider (of a payment
that succeeded, its outcome is the provider too; "wallet" is the shop's own), fee_minor.
"""

from core.events import CORE_EVENTS, Bilingual, EventType


def _type(name: str, group: str, ru: str, en: str) -> EventType:
    return EventType(name, group, Bilingual(ru, en))


STANDARD_EVENTS: tuple[EventType, ...] = (
    # props: screen
    _type("screen_viewed", "audience", "Просмотры экранов", "Screen views"),
    _type("inline_queried", "audience", "Инлайн-запросы", "Inline queries"),
    _type("webapp_opened", "audience", "Открытия приложения", "Web app opened"),
    # props: language
    _type("language_changed", "audience", "Смены языка", "Language changes"),
    # props: gate
    _type("gate_shown", "gates", "Показана подписка на канал", "Subscription gates shown"),
    _type("gate_passed", "gates", "Подписка пройдена", "Subscription gates passed"),
    _type("gate_failed", "gates", "Подписка не пройдена", "Subscription gates failed"),
    _type("captcha_shown", "gates", "Показана капча", "Captchas shown"),
    _type("captcha_passed", "gates", "Капча пройдена", "Captchas passed"),
    _type("captcha_failed", "gates", "Капча не пройдена", "Captchas failed"),
    # props: page, from 0
    _type("catalog_viewed", "discovery", "Просмотры каталога", "Catalogue views"),
    _type("product_viewed", "discovery", "Просмотры товаров", "Product views"),
    # quantity: how many were found
    _type("search_performed", "discovery", "Поиски", "Searches"),
    _type("favorite_added", "discovery", "Добавления в избранное", "Favourites added"),
    # product_id, quantity, amount_minor: the line's price
    _type("cart_item_added", "cart", "Добавления в корзину", "Cart items added"),
    _type("cart_item_removed", "cart", "Удаления из корзины", "Cart items removed"),
    _type("cart_viewed", "cart", "Просмотры корзины", "Cart views"),
    # props: promo (its id, never what was typed), reason
    _type("promo_applied", "cart", "Применённые промокоды", "Promo codes applied"),
    _type("promo_rejected", "cart", "Отклонённые промокоды", "Promo codes rejected"),
    # order_id: of the bill that the shopper got
    _type("checkout_started", "cart", "Начатые оформления", "Checkouts started"),
    # outcome: the new status
    _type("order_status_changed", "order", "Смены статуса заказа", "Order status changes"),
    _type("order_expired", "order", "Истёкшие заказы", "Orders expired"),
    _type("refund_requested", "order", "Запросы возврата", "Refunds requested"),
    _type("payment_expired", "payment", "Истёкшие платежи", "Payments expired"),
    _type("payment_proof_uploaded", "payment", "Чеки об оплате", "Payment proofs uploaded"),
    # outcome: confirmed or rejected
    _type("payment_reviewed", "payment", "Проверенные платежи", "Payments reviewed"),
    _type("webhook_rejected", "payment", "Отклонённые вебхуки", "Webhooks rejected"),
    # amount_minor: the change, signed: all of them together are what is owed to shoppers;
    # outcome: top_up, purchase, refund, reward, payout, adjustment;
    # props: balance_minor, the customer's balance after it
    _type("wallet_entry_posted", "payment", "Проводки кошелька", "Wallet entries"),
    # order_id; latency_us: since it was paid
    _type("delivery_sent", "fulfilment", "Выданные заказы", "Deliveries sent"),
    _type("delivery_failed", "fulfilment", "Сбои выдачи", "Deliveries failed"),
    # outcome: the shipment's status
    _type("shipment_updated", "fulfilment", "Обновления доставки", "Shipment updates"),
    # props: source (its id in `sources`)
    _type("link_created", "marketing", "Созданные ссылки", "Links created"),
    # amount_minor, currency; props: source, day (ISO, the shop's own; default: the event's; at
    # most a month after the event, or two before it)
    _type("ad_cost_recorded", "marketing", "Расходы на рекламу", "Ad costs recorded"),
    # props of every broadcast_*: broadcast (its id)
    _type("broadcast_created", "marketing", "Рассылки", "Broadcasts created"),
    _type("broadcast_message_attempted", "marketing", "Отправки рассылок", "Broadcast attempts"),
    _type("broadcast_message_delivered", "marketing", "Доставки рассылок", "Broadcast deliveries"),
    _type("broadcast_message_failed", "marketing", "Сбои рассылок", "Broadcast failures"),
    _type("broadcast_clicked", "marketing", "Переходы из рассылок", "Broadcast clicks"),
    # props: inviter (a buyer_no); outcome of rejected: why
    _type("referral_registered", "marketing", "Приглашённые", "Referrals registered"),
    _type("referral_rewarded", "marketing", "Награды за приглашения", "Referrals rewarded"),
    _type("referral_rejected", "marketing", "Отклонённые приглашения", "Referrals rejected"),
    # props of every ticket_*: ticket (its id); order_id, if it is about one; outcome of replied:
    # first (latency_us: since the ticket was opened) or next, of closed: shop, shopper or time
    _type("ticket_opened", "service", "Новые обращения", "Tickets opened"),
    _type("ticket_replied", "service", "Ответы на обращения", "Ticket replies"),
    _type("ticket_closed", "service", "Закрытые обращения", "Tickets closed"),
    # quantity: 1 to 5; props: ticket
    _type("csat_given", "service", "Оценки поддержки", "Support ratings"),
    # product_id; quantity: 1 to 5
    _type("review_submitted", "service", "Отзывы", "Reviews submitted"),
    _type("review_moderated", "service", "Проверенные отзывы", "Reviews moderated"),
    # props: worker; once a minute a running bot
    _type("worker_heartbeat", "runtime", "Пульс бота", "Bot heartbeats"),
    # props: rule, score
    _type("fraud_flagged", "trust", "Подозрения", "Fraud flags"),
    _type("fraud_cleared", "trust", "Снятые подозрения", "Fraud flags cleared"),
    _type("user_banned", "trust", "Блокировки покупателей", "Shoppers banned"),
    _type("user_unbanned", "trust", "Разблокировки покупателей", "Shoppers unbanned"),
    _type("panel_link_created", "trust", "Созданные ссылки доступа", "Access links created"),
    _type("panel_link_used", "trust", "Входы по ссылке", "Access links used"),
    _type("panel_link_denied", "trust", "Отказы во входе", "Access denied"),
    _type("panel_link_revoked", "trust", "Отозванные ссылки", "Access links revoked"),
    # props: action
    _type("staff_action", "trust", "Действия сотрудников", "Staff actions"),
    # props: kind; quantity: rows
    _type("export_created", "trust", "Созданные выгрузки", "Exports created"),
    _type("export_downloaded", "trust", "Скачанные выгрузки", "Exports downloaded"),
    # props: goal, unit; amount_minor with currency, or quantity
    _type("goal_reached", "external", "Достигнутые цели", "Goals reached"),
)

# By name: the standard types that the stores may contain, besides those that modules declare.
TAXONOMY: dict[str, EventType] = {each.name: each for each in (*CORE_EVENTS, *STANDARD_EVENTS)}
