import styles from './overview.module.css';

const WIDTH = 100;
const HEIGHT = 28;

/** The course of a figure in the small; the numbers are in the chart's table. */
export function Sparkline({ values }: { values: (number | null)[] }) {
  if (values.filter((value) => value !== null).length < 2) return null;
  const top = Math.max(...values.map((value) => value ?? 0)) || 1;
  const points = values
    .map((value, index) => ({ value, x: (index / (values.length - 1)) * WIDTH }))
    .filter((point): point is { value: number; x: number } => point.value !== null)
    .map(
      ({ value, x }) => `${x.toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}`,
    );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={styles.spark}
      aria-hidden="true"
    >
      <polyline points={points.join(' ')} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
