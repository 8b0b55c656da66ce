/** Of the dictionary, what this screen shows. */
export const METRICS = [
  'shop_money_day.net_sales_minor',
  'shop_money_day.paid_orders',
  'shop_money_day.aov_minor',
  'shop_kpi_day.buyers',
  'shop_kpi_day.new_users',
  'shop_kpi_day.active_users',
] as const;
