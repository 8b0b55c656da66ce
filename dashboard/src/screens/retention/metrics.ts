/** Of the dictionary, what this screen shows. */
export const METRICS = [
  'cohort_day.retention',
  'cohort_day.rolling_retention',
  'cohort_day.conversion',
  'cohort_day.ltv_minor',
] as const;
