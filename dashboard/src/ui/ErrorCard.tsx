import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useProblemText } from './problem';
import text from './text.module.css';

/** What went wrong in the reader's words, and the way to try again. */
export function ErrorCard({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  return (
    <Alert
      role="alert"
      color="red"
      className={text.notice}
      icon={<IconAlertTriangle aria-hidden="true" />}
      title={t('error.title')}
    >
      <Stack gap="sm" align="start">
        <Text size="sm">{problemText(error)}</Text>
        <Button size="md" variant="default" onClick={onRetry}>
          {t('error.retry')}
        </Button>
      </Stack>
    </Alert>
  );
}
