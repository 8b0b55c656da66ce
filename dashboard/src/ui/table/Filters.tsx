import type { ReactNode } from 'react';
import styles from './dataTable.module.css';

/** What narrows a table, in a line above it; below one another on phones. */
export function Filters({ children }: { children: ReactNode }) {
  return <div className={styles.filters}>{children}</div>;
}
