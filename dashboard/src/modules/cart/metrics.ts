/** Of the dictionary, what this screen explains. */
export const METRICS = ['conversion_day.cart_abandonment'] as const;
