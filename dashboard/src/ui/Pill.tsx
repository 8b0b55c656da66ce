import type { ReactNode } from 'react';
import styles from './pill.module.css';

export type Tone = 'good' | 'waiting' | 'bad' | 'plain';

/** A state in a word, with a dot of its colour; it pulses while the state is still moving. */
export function Pill({
  tone = 'plain',
  isMoving = false,
  children,
  ...others
}: {
  tone?: Tone;
  isMoving?: boolean;
  children: ReactNode;
  role?: 'status';
}) {
  return (
    <span className={styles.pill} data-tone={tone} data-moves={isMoving || undefined} {...others}>
      <i aria-hidden="true" />
      {children}
    </span>
  );
}
