import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import steps from './steps.module.css';

type Props = { done: boolean; title: string; children?: ReactNode };

/** One of what there is to do, ticked once it is done. */
export function Step({ done, title, children }: Props) {
  const { t } = useTranslation();
  const Icon = done ? IconCircleCheck : IconCircle;
  return (
    <li data-done={done || undefined}>
      <Icon size={24} role="img" aria-label={t(done ? 'step.done' : 'step.toDo')} />
      <span>
        <b>{title}</b>
        <span className={steps.what}>{children}</span>
      </span>
    </li>
  );
}
