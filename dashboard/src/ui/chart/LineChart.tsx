import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Figure, Language } from '../../api/model';
import { formatFigure, majorUnits } from '../../format/money';
import { dateFormat } from '../../format/time';
import styles from './chart.module.css';
import { CHART_HEIGHT } from './height';

type Props = {
  figure: Figure;
  timeZone: string;
  step: 'hour' | 'day' | 'week';
  /** The last point is still being counted: its stretch is dotted. */
  incomplete: boolean;
  language: Language;
  description: string;
  /** The same stretch of what it is compared with, point by point. */
  previous?: readonly (number | null)[];
};

type Point = { left: number; text: string };

/** A canvas cannot inherit colours, so the page's own are read when it is drawn. */
const colour = (variable: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(variable).trim();

function columnsOf(
  { series }: Figure,
  incomplete: boolean,
  previous: readonly (number | null)[] = [],
): uPlot.AlignedData {
  const times = series.map(({ at }) => Date.parse(at) / 1000);
  const values = series.map(({ value }) => value);
  const cut = values.length - (incomplete ? 1 : 0);
  return [
    times,
    values.map((value, index) => (index < cut ? value : null)),
    values.map((value, index) => (incomplete && index >= cut - 1 ? value : null)),
    values.map((_, index) => previous[index] ?? null),
  ];
}

/** A round upper end of the axis: counts never get ticks between two whole numbers. */
function ceilingFor(figure: Figure, highest: number): number {
  const unit = figure.kind === 'money' && figure.currency ? 1 / majorUnits(1, figure.currency) : 1;
  return Math.max(highest * 1.1, figure.kind === 'ratio' ? highest : 4 * unit) || 1;
}

type Latest = { figure: Figure; previous?: readonly (number | null)[] };

/** `latest` gives the figure of the moment: the chart outlives many of them. */
function optionsFor(
  { figure, timeZone, step, language }: Props,
  latest: () => Latest,
  width: number,
  onPoint: (point: Point | null) => void,
): uPlot.Options {
  const tick = dateFormat(language, {
    timeZone,
    ...(step === 'hour'
      ? { hour: '2-digit', minute: '2-digit' }
      : { day: 'numeric', month: 'short' }),
  });
  const line = colour('--chart-line');
  const axis: uPlot.Axis = {
    stroke: colour('--mantine-color-dimmed'),
    grid: { stroke: colour('--chart-grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const spanGaps = false;
  return {
    width,
    height: CHART_HEIGHT,
    padding: [12, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        size: 28,
        incrs: step === 'hour' ? HOUR_STEPS : DAY_STEPS,
        values: (_, seconds) => seconds.map((second) => tick.format(second * 1000)),
      },
      {
        ...axis,
        size: 68,
        ...(figure.kind === 'count' ? { incrs: WHOLE_STEPS } : {}),
        values: (_, values) =>
          values.map((value) => formatFigure(figure, value, language, { compact: true })),
      },
    ],
    scales: { y: { range: (_, __, highest) => [0, ceilingFor(figure, highest ?? 0)] } },
    series: [
      {},
      { stroke: line, width: 2, fill: `${line}1f`, spanGaps, points: { show: false } },
      { stroke: line, width: 2, dash: [3, 5], spanGaps, points: { show: false } },
      { stroke: axis.stroke, width: 1.5, spanGaps, points: { show: false } },
    ],
    hooks: {
      setCursor: [
        (chart) => {
          const index = chart.cursor.idx;
          const { figure: now, previous } = latest();
          const at = index == null ? undefined : now.series[index];
          if (!at || (chart.cursor.left ?? -1) < 0) return onPoint(null);
          const before = previous?.[index ?? 0];
          const was = before == null ? '' : ` / ${formatFigure(figure, before, language)}`;
          onPoint({
            left: chart.valToPos(Date.parse(at.at) / 1000, 'x') + chart.over.offsetLeft,
            text: `${tick.format(new Date(at.at))} · ${formatFigure(figure, at.value, language)}${was}`,
          });
        },
      ],
    },
  };
}

/** Distances of ticks, in seconds: never finer than the series itself. */
const HOUR_STEPS = [1, 2, 3, 4, 6, 12].map((hours) => hours * 3600);
const DAY_STEPS = [1, 2, 3, 5, 7, 14, 28, 56, 91].map((days) => days * 86_400);
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((digit) => [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].map((power) => digit * power))
  .sort((a, b) => a - b);

export default function LineChart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const [point, setPoint] = useState<Point | null>(null);
  const { figure, timeZone, step, incomplete, language, description, previous } = props;

  const latest = useRef<Latest>({ figure, previous });
  latest.current = { figure, previous };
  const chart = useRef<uPlot | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new only when it must look different, the colours of the scheme included
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const drawn = new uPlot(
      optionsFor(props, () => latest.current, element.clientWidth, setPoint),
      columnsOf(latest.current.figure, incomplete, latest.current.previous),
      element,
    );
    chart.current = drawn;
    const resize = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: CHART_HEIGHT }),
    );
    resize.observe(element);
    return () => {
      resize.disconnect();
      drawn.destroy();
      chart.current = null;
      setPoint(null);
    };
  }, [figure.key, figure.kind, figure.currency, timeZone, step, language, scheme]);

  // A push every second changes the numbers only, and must not take the pointer's reading away.
  useEffect(
    () => chart.current?.setData(columnsOf(figure, incomplete, previous)),
    [figure, incomplete, previous],
  );

  return (
    <div className={styles.chart} data-chart>
      <div ref={box} role="img" aria-label={description} />
      {point && (
        <output className={styles.point} style={{ left: point.left }} aria-hidden="true">
          {point.text}
        </output>
      )}
    </div>
  );
}
