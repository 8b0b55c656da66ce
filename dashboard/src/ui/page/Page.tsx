import { type ReactNode, useEffect } from 'react';
import layout from '../layout.module.css';
import text from '../text.module.css';
import styles from './page.module.css';

type Props = {
  /** Stands over the screen and in the browser's tab. */
  title: string;
  /** Beside the title: a pill, the day it is of. */
  status?: ReactNode;
  /** At the end of the line: what can be done here. */
  actions?: ReactNode;
  /** Above the title: the way back. */
  back?: ReactNode;
  /** As wide as a form is read, not as the window. */
  isNarrow?: boolean;
  children: ReactNode;
};

/** What the browser's tab says. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Vitrina`;
  }, [title]);
}

/** Every screen's frame. */
export function Page({ title, status, actions, back, isNarrow = false, children }: Props) {
  useTitle(title);
  return (
    <div>
      <div className={isNarrow ? layout.narrow : undefined}>
        {back}
        <div className={styles.head}>
          <div className={styles.title}>
            <h1 className={text.h1}>{title}</h1>
            {status}
          </div>
          {actions && <div className={styles.actions}>{actions}</div>}
        </div>
        <div className={layout.stack}>{children}</div>
      </div>
    </div>
  );
}
