"""Where they stop, and where they came from: the funnel and the start links of a shop.

python docs/notebooks/funnel_and_sources.py [shop]
"""

# %% Steps: of those who took one, who took the next within seven days. Only days whose seven days
# are over have a rate.
import matplotlib.pyplot as plt
from reading import largest_shop, read, save

SHOP = largest_shop()
steps = read(
    """
    SELECT step_no, step, sum(users) AS users, sum(went_on) AS went_on
    FROM funnel_day
    WHERE shop_id = {shop:UInt32} AND variant = 'clean' AND day > today() - 60
        AND day < today() - 8
    GROUP BY step_no, step ORDER BY step_no
    """,
    shop=SHOP,
)

# %% Sources by first and by last touch: the same money, divided in two ways.
sources = read(
    """
    SELECT touch, toString(source_id) AS source, sum(users) AS users,
        sum(net_sales_minor) AS net
    FROM source_day
    WHERE shop_id = {shop:UInt32} AND variant = 'clean' AND day > today() - 60
    GROUP BY touch, source ORDER BY touch, net DESC
    """,
    shop=SHOP,
)

# %% Pictures.
figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5))
left.bar(steps["step"], steps["users"], alpha=0.4, label="took the step")
left.bar(steps["step"], steps["went_on"], width=0.5, label="took the next within 7 days")
left.set_title("Funnel (user-days)")
left.legend(fontsize=8)
names = sorted(set(sources["source"]), key=int)[:12]
touches = sources["touch"].unique(maintain_order=True).to_list()
for number, touch in enumerate(touches):
    net = {row["source"]: row["net"] or 0 for row in sources.to_dicts() if row["touch"] == touch}
    places = [place + number * 0.27 for place in range(len(names))]
    right.bar(places, [net.get(name, 0) for name in names], width=0.25, label=touch)
right.set_xticks([place + 0.27 for place in range(len(names))], names)
right.set_xlabel("start link (0: none)")
right.set_title("Net sales by touch, minor units")
right.legend(fontsize=8)
save(figure, "funnel_and_sources")
