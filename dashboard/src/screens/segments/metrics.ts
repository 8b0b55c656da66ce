/** Of the dictionary, what this screen shows. */
export const METRICS = ['rfm_day.segment'] as const;
