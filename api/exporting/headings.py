"""Titles of the columns of figures that are no metrics themselves: keys, numerators,
denominators."""

from collections.abc import Mapping

from core.events import Bilingual

_TITLES = """
day | День | Day
shop_id | Магазин № | Shop no.
timezone | Часовой пояс | Time zone
currency | Валюта | Currency
variant | Вариант | Variant
payments_succeeded | Успешные платежи | Payments that succeeded
payments_failed | Неудачные платежи | Payments that failed
payments_expired | Истёкшие платежи | Payments that expired
paid_total_minor | Итоги оплаченных заказов, мин. ед. | Totals of paid orders, minor units
events | События | Events
folded_from | Из скольких событий посчитано | Events that figures were made of
buyer_no | Покупатель № | Customer no.
active_days | Сумма DAU за 30 дней | Sum of DAU over 30 days
ever_started | Когда-либо запускали | Ever started
blocked_now | Заблокировали бота | Have it blocked
blocking | Заблокировали за день | Blocked that day
blocking_reachable | Из них были доступны утром | Of them reachable before
reachable_before | Доступны к началу дня | Reachable before
activated | Активированы за 24 ч | Activated within 24 h
gates_shown | Показана проверка подписки | Gates shown
gates_passed | Прошли проверку подписки | Gates passed
captchas_shown | Показана капча | Captchas shown
captchas_passed | Прошли капчу | Captchas passed
age | Возраст, дней | Age, days
cohort_size | Размер когорты | Cohort's size
retained | Активны в этот день | Active on the day
returned | Активны в этот день или позже | Active on the day or later
converted | Купили к этому дню | Bought by the day
net_sales_minor | Чистые продажи, мин. ед. | Net sales, minor units
step_no | Шаг № | Step no.
step | Шаг | Step
users | Пользователи | Users
went_on | Пошли дальше | Went on
active_users | Активные пользователи | Active users
buyers | Покупатели | Buyers
carts | Корзины | Carts
carts_paid | Оплаченные корзины | Carts paid
checkouts | Начали оформление | Checkouts
checkouts_paid | Оплатили оформление | Checkouts paid
first_buyers | Купили впервые | First-time buyers
tax_minor | Налог, мин. ед. | Tax, minor units
shipping_minor | Доставка, мин. ед. | Shipping, minor units
cost_minor | Себестоимость или расход, мин. ед. | Cost, minor units
returned_tax_minor | Возвращённый налог, мин. ед. | Tax refunded, minor units
returned_shipping_minor | Возвращённая доставка, мин. ед. | Shipping refunded, minor units
cash_in_minor | Поступило, мин. ед. | Cash in, minor units
cash_back_minor | Возвращено деньгами, мин. ед. | Cash back, minor units
charged_minor | Продано со скидками, мин. ед. | Charged, minor units
refunded_minor | Возвращено по заказам дня, мин. ед. | Refunded of the day's orders, minor units
fees_minor | Комиссии, мин. ед. | Fees, minor units
provider | Платёжная система | Provider
succeeded | Успешно | Succeeded
failed | Неудачно | Failed
expired | Истекло | Expired
opening_minor | На начало дня, мин. ед. | Opening balance, minor units
top_ups_minor | Пополнения, мин. ед. | Top-ups, minor units
purchases_minor | Покупки, мин. ед. | Purchases, minor units
refunds_minor | Возвраты на кошельки, мин. ед. | Refunds to wallets, minor units
rewards_minor | Вознаграждения, мин. ед. | Rewards, minor units
payouts_minor | Выплаты, мин. ед. | Payouts, minor units
change_minor | Изменение за день, мин. ед. | Change of the day, minor units
returning_minor | От вернувшихся, мин. ед. | By returning customers, minor units
returning_buyers | Вернувшиеся покупатели | Returning buyers
buyers_in_year | Покупатели за год | Buyers in a year
repeat_buyers | Повторные покупатели | Repeat buyers
churn_after_days | Отток после, дней | Churn after, days
active_buyers | Активные покупатели | Active buyers
churned_buyers | Ушедшие покупатели | Churned buyers
recency_days | Давность, дней | Recency, days
frequency | Частота, заказов в год | Frequency, orders a year
monetary_minor | Деньги за год, мин. ед. | Money in a year, minor units
r | R | R
f | F | F
m | M | M
segment | Сегмент | Segment
product_id | Товар № | Product no.
viewers | Увидели | Viewers
viewing_buyers | Увидели и купили | Viewers who bought
on_hand | Остаток к концу дня | Stock at the day's end
units_28d | Продано за 28 дней | Units in 28 days
counted_products | Товары с учётом остатка | Products with counted stock
products_out | Из них закончились | Of them out of stock
digital_orders | Цифровые заказы | Digital orders
delivered_in_time | Доставлены за 60 с | Delivered within 60 s
touch | Касание | Touch
source_id | Ссылка № | Link no.
orders | Заказы | Orders
new_users | Новые пользователи | New users
referred_users | Пришли по приглашению | Referred users
broadcast | Рассылка | Broadcast
attempted | Отправлено | Attempted
delivered | Доставлено | Delivered
clickers | Нажали | Clickers
blocks_24h | Заблокировали за 24 ч | Blocked within 24 h
clicker_orders | Заказы нажавших за 72 ч | Clickers' orders within 72 h
is_complete | Посчитано окончательно | Complete
bot_id | Бот | Bot
hour | Час (UTC) | Hour (UTC)
updates | Обновления | Updates
errors | Ошибки | Errors
failed_calls | Отказы Telegram | Calls that Telegram refused
flood_wait_seconds | Ожидание Telegram, с | Flood waits, seconds
minutes | Минут должен работать | Minutes that it should run
down_minutes | Минут не работал | Minutes down
fraud_new_users | Из новых отмечены как накрутка | New users flagged as fraud
"""
HEADINGS: Mapping[str, Bilingual] = {
    name: Bilingual(ru, en)
    for name, ru, en in (line.split(" | ") for line in _TITLES.strip().splitlines())
}
