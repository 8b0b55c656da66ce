import { Card, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import layout from '../ui/layout.module.css';
import { useTitle } from '../ui/page/Page';
import text from '../ui/text.module.css';
import { Brand } from './Brand';

export function NotFound() {
  const { t } = useTranslation();
  useTitle(t('notFound.title'));
  return (
    <main className={layout.alone}>
      <Brand />
      <Card withBorder p="xl" className={layout.centred}>
        <h1 className={text.h1}>{t('notFound.title')}</h1>
        <Text c="dimmed">{t('notFound.what')}</Text>
        <Link to={'/' as never} className={text.link}>
          {t('notFound.home')}
        </Link>
      </Card>
    </main>
  );
}
