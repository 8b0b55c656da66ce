import { Card, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Brand } from './Brand';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className="alone">
      <Brand />
      <Card withBorder p="xl" className="centred">
        <h1 className="h1">{t('notFound.title')}</h1>
        <Text c="dimmed">{t('notFound.what')}</Text>
        <Link to="/" className="link">
          {t('notFound.home')}
        </Link>
      </Card>
    </main>
  );
}
