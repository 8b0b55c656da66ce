"""Do they come back, and what are they worth: cohorts of a shop by the week of their first start.

python docs/notebooks/cohorts.py [shop]
"""

# %% Each row is a cohort's day at an age that it has completed; younger ones are not there yet.
import matplotlib.pyplot as plt
import polars as pl
from reading import largest_shop, read, save

SHOP = largest_shop()
cohorts = read(
    """
    SELECT toMonday(day) AS week, age, sum(cohort_size) AS people, sum(retained) AS retained,
        sum(net_sales_minor) AS net
    FROM cohort_day
    WHERE shop_id = {shop:UInt32} AND variant = 'clean' AND day > today() - 120
    GROUP BY week, age
    ORDER BY week, age
    """,
    shop=SHOP,
).with_columns(
    retention=pl.col("retained") / pl.col("people"), ltv=pl.col("net") / pl.col("people")
)

# %% A heat map of retention, and what a member has brought by each age.
table = cohorts.pivot("age", index="week", values="retention")
ages = [name for name in table.columns if name != "week"]
figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5))
shown = left.imshow(table.select(ages).to_numpy(), aspect="auto", cmap="viridis", vmin=0)
left.set_xticks(range(len(ages)), ages)
left.set_yticks(range(table.height), [str(week) for week in table["week"]])
left.set_xlabel("days after the first start")
left.set_title("Day-N retention by week of the first start")
figure.colorbar(shown, ax=left)
for (week,), rows in cohorts.group_by("week", maintain_order=True):
    right.plot(rows["age"], rows["ltv"], marker="o", label=str(week))
right.set_title("Realised LTV, minor units a member")
right.set_xlabel("days after the first start")
right.legend(fontsize=8)
right.grid(alpha=0.3)
save(figure, "cohorts")
