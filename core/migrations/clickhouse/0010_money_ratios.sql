-- Money by head of large amounts needs more digits than 18: one order of 10^14 minor units did not fit.
ALTER TABLE shop_kpi_day
    MODIFY COLUMN aov_minor Nullable(Decimal(38, 4)),
    MODIFY COLUMN arpu_minor Nullable(Decimal(38, 4)),
    MODIFY COLUMN arppu_minor Nullable(Decimal(38, 4));

ALTER TABLE shop_money_day
    MODIFY COLUMN aov_minor Nullable(Decimal(38, 4)),
    MODIFY COLUMN arpu_minor Nullable(Decimal(38, 4)),
    MODIFY COLUMN arppu_minor Nullable(Decimal(38, 4));
