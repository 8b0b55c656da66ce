"""Thirty days of a shop: people, money, and what flagged fraud makes of them.

python docs/notebooks/money_and_audience.py [shop]
"""

# %% The day's figures, both variants. Distinct people are never summed: DAU is a day's own.
import matplotlib.pyplot as plt
import polars as pl
from reading import largest_shop, read, save

SHOP = largest_shop()
days = read(
    """
    SELECT a.day AS day, a.variant AS variant, a.dau AS dau, a.wau AS wau, a.mau AS mau,
        a.new_users AS new_users, m.net_sales_minor AS net, m.paid_orders AS orders,
        m.gross_sales_minor - m.discounts_minor AS charged, m.active_users AS active,
        m.buyers AS buyers
    FROM audience_day AS a
    INNER JOIN money_day AS m ON m.shop_id = a.shop_id AND m.day = a.day AND m.variant = a.variant
    WHERE a.shop_id = {shop:UInt32} AND a.day > today() - 30
    ORDER BY day, variant
    """,
    shop=SHOP,
)
raw = days.filter(pl.col("variant") == "raw")
clean = days.filter(pl.col("variant") == "clean")

# %% A ratio of several days is the ratio of the sums, never the mean of the days' ratios.
total = raw.select(
    aov=pl.col("charged").sum() / pl.col("orders").sum(),
    conversion_of_days=pl.col("buyers").sum() / pl.col("active").sum(),
)
print(f"shop {SHOP}, {raw.height} days:", total.to_dicts()[0])

# %% Pictures.
figure, axes = plt.subplots(2, 2, figsize=(12, 7), sharex=True)
axes[0, 0].plot(raw["day"], raw["mau"], label="MAU")
axes[0, 0].plot(raw["day"], raw["wau"], label="WAU")
axes[0, 0].plot(raw["day"], raw["dau"], label="DAU")
axes[0, 0].set_title("Active people")
axes[0, 1].bar(raw["day"], raw["new_users"], label="raw", alpha=0.4)
axes[0, 1].bar(clean["day"], clean["new_users"], label="clean", width=0.5)
axes[0, 1].set_title("New users")
axes[1, 0].plot(raw["day"], raw["net"], label="raw")
axes[1, 0].plot(clean["day"], clean["net"], label="clean", linestyle="--")
axes[1, 0].set_title("Net sales, minor units")
axes[1, 1].bar(raw["day"], raw["orders"], label="paid orders")
axes[1, 1].set_title("Paid orders")
for axis in axes.flat:
    axis.set_ylim(bottom=0)
    axis.legend(loc="best", fontsize=8)
    axis.grid(alpha=0.3)
figure.autofmt_xdate()
save(figure, "money_and_audience")
