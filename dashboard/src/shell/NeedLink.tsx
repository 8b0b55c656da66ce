import { Card, Text } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import layout from '../ui/layout.module.css';
import { useTitle } from '../ui/page/Page';
import text from '../ui/text.module.css';

/** Shown in place of any screen when there is no session: the panel has no password form. */
export function NeedLink() {
  const { t } = useTranslation();
  useTitle(t('needLink.title'));
  return (
    <Card withBorder p="xl" className={layout.centred}>
      <IconLink size={36} aria-hidden="true" className={text.accent} />
      <h1 className={text.h1}>{t('needLink.title')}</h1>
      <Text c="dimmed">{t('needLink.what')}</Text>
    </Card>
  );
}
