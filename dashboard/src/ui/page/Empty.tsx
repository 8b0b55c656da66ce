import { Card, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import layout from '../layout.module.css';
import text from '../text.module.css';

type Props = { title: string; what?: string; children?: ReactNode };

/** There is nothing here yet, why, and what to do next. */
export function Empty({ title, what, children }: Props) {
  return (
    <Card withBorder p="xl">
      <div className={layout.centred}>
        <h2 className={text.h2}>{title}</h2>
        {what && <Text c="dimmed">{what}</Text>}
        {children}
      </div>
    </Card>
  );
}
