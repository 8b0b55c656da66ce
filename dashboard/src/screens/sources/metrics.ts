/** Of the dictionary, what this screen shows. */
export const METRICS = [
  'source_day.users',
  'source_day.buyers',
  'source_day.net_sales_minor',
  'source_day.cac_minor',
  'source_day.cpa_minor',
  'source_day.roas',
] as const;
