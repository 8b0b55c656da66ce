import type { Touch } from './search';

const OF_COST = ['source_day.cac_minor', 'source_day.cpa_minor', 'source_day.roas'];

/** Of the dictionary, what this screen shows. */
export const metricsOf = (touch: Touch): readonly string[] =>
  touch === 'first'
    ? ['shop_kpi_day.new_users', 'shop_kpi_day.buyers', 'shop_kpi_day.net_sales_minor', ...OF_COST]
    : ['source_day.users', 'source_day.buyers', 'source_day.net_sales_minor', ...OF_COST];
