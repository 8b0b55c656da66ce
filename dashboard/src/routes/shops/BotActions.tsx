import { Alert, Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import type { Bot } from '../../api/contract';
import { attentionQuery, shopsQuery } from '../../api/queries';
import { useProblemText } from '../../ui/problem';
import { isToken, useBotName } from './bot';

type Open = 'token' | 'removal' | null;

/** What an owner may do with a bot: give it a new token, take it out. */
export function BotActions({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  if (open === 'token') return <TokenForm bot={bot} onDone={close} />;
  if (open === 'removal') return <Removal bot={bot} onDone={close} />;
  return (
    <div className="actions">
      <Button variant="default" size="xs" onClick={() => setOpen('token')}>
        {t('bot.newToken')}
      </Button>
      <Button variant="subtle" color="red" size="xs" onClick={() => setOpen('removal')}>
        {t('bot.remove')}
      </Button>
    </div>
  );
}

/** Asks for the shops again once something was changed. */
function useChange<T>(change: (value: T) => Promise<unknown>, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
      await client.invalidateQueries({ queryKey: shopsQuery.queryKey });
      onDone();
    },
  });
}

function TokenForm({ bot, onDone }: { bot: Bot; onDone: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [token, setToken] = useState('');
  const [refusal, setRefusal] = useState('');
  const replace = useChange((value: string) => api.replaceToken(bot.id, value), onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const value = token.trim();
    if (!isToken(value)) setRefusal(t('problem.token_malformed'));
    else if (!value.startsWith(`${bot.id}:`)) setRefusal(t('problem.token_of_another'));
    else replace.mutate(value);
  };
  return (
    <form noValidate className="bot-form" onSubmit={submit}>
      <PasswordInput
        label={t('bot.newTokenField')}
        description={t('bot.newTokenHow')}
        placeholder={`${bot.id}:AAE…`}
        autoComplete="off"
        spellCheck={false}
        value={token}
        error={refusal || (replace.error && problemText(replace.error))}
        onChange={({ currentTarget }) => {
          setToken(currentTarget.value);
          setRefusal('');
        }}
        visibilityToggleButtonProps={{ 'aria-label': t('connect.showToken'), tabIndex: 0 }}
      />
      <div className="actions">
        <Button type="submit" size="xs" loading={replace.isPending}>
          {t('bot.saveToken')}
        </Button>
        <Button variant="default" size="xs" onClick={onDone}>
          {t('bot.cancel')}
        </Button>
      </div>
    </form>
  );
}

function Removal({ bot, onDone }: { bot: Bot; onDone: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const name = useBotName()(bot);
  const remove = useChange(() => api.removeBot(bot.id), onDone);
  return (
    <Alert color="red" className="notice bot-form" title={t('bot.removeTitle', { name })}>
      <p>{t('bot.removeWhat')}</p>
      {remove.error && <p role="alert">{problemText(remove.error)}</p>}
      <div className="actions">
        <Button
          color="red"
          size="xs"
          loading={remove.isPending}
          onClick={() => remove.mutate(null)}
        >
          {t('bot.removeYes')}
        </Button>
        <Button variant="default" size="xs" onClick={onDone}>
          {t('bot.cancel')}
        </Button>
      </div>
    </Alert>
  );
}
