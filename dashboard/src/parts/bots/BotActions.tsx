import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot } from '../../api/model';
import { attentionQuery, shopsQuery } from '../../api/queries';
import { Confirm } from '../../ui/dialog/Dialog';
import layout from '../../ui/layout.module.css';
import { useProblemText } from '../../ui/problem';
import { isToken, useBotName } from './bot';
import bots from './bots.module.css';

type Open = 'token' | 'removal' | null;

/** What an owner may do with a bot: give it a new token, take it out. */
export function BotActions({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  if (open === 'token') return <TokenForm bot={bot} onDone={close} />;
  return (
    <div className={layout.actions}>
      <Button variant="default" size="md" onClick={() => setOpen('token')}>
        {t('bot.newToken')}
      </Button>
      <Button variant="subtle" color="red" size="md" onClick={() => setOpen('removal')}>
        {t('bot.remove')}
      </Button>
      <Removal bot={bot} isOpen={open === 'removal'} onDone={close} />
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
  const replace = useChange(
    (value: string) =>
      send('put', '/api/v1/bots/{bot_id}/token', {
        params: { path: { bot_id: bot.id } },
        body: { token: value },
      }),
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const value = token.trim();
    if (!isToken(value)) setRefusal(t('problem.token_malformed'));
    else if (!value.startsWith(`${bot.id}:`)) setRefusal(t('problem.token_of_another'));
    else replace.mutate(value);
  };
  return (
    <form noValidate className={bots.form} onSubmit={submit}>
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
        visibilityToggleButtonProps={{ 'aria-label': t('bot.showToken'), tabIndex: 0 }}
      />
      <div className={layout.actions}>
        <Button type="submit" size="md" loading={replace.isPending}>
          {t('bot.saveToken')}
        </Button>
        <Button variant="default" size="md" onClick={onDone}>
          {t('bot.cancel')}
        </Button>
      </div>
    </form>
  );
}

function Removal({ bot, isOpen, onDone }: { bot: Bot; isOpen: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const name = useBotName()(bot);
  const remove = useChange(
    () => send('delete', '/api/v1/bots/{bot_id}', { params: { path: { bot_id: bot.id } } }),
    onDone,
  );
  return (
    <Confirm
      isOpen={isOpen}
      onClose={onDone}
      title={t('bot.removeTitle', { name })}
      action={t('bot.removeYes')}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(null)}
    >
      {t('bot.removeWhat')}
    </Confirm>
  );
}
