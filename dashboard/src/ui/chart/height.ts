/** Of a chart and of its skeleton, in pixels. */
export const CHART_HEIGHT = 260;
