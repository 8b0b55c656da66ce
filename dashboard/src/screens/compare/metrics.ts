/** Of the dictionary, what this screen shows, in the order of its columns. */
export const METRICS = [
  'shop_kpi_day.net_sales_minor',
  'shop_kpi_day.paid_orders',
  'shop_kpi_day.aov_minor',
  'shop_kpi_day.buyers',
  'shop_kpi_day.new_users',
  'shop_kpi_day.active_users',
] as const;

/** The same as a query asks for them. */
export const KEYS = METRICS.map((metric) => metric.split('.')[1] as string);
