/** Of the dictionary, what this screen shows. */
export const METRICS = ['funnel_day.step_rate'] as const;
