import { Button, Checkbox, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isConflict } from '../../api/errors';
import type { components } from '../../api/schema';
import { useLanguage } from '../../i18n';
import { Conflict } from '../../ui/form/Conflict';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { useDraft } from '../../ui/form/useDraft';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { type Draft, type Endpoint, HOOK, HOOKS, type NewEndpoint, useHookChange } from './queries';

type Props = {
  shopId: number;
  events: components['schemas']['WebhookEvent'][];
  endpoint?: Endpoint;
  onMade: (made: NewEndpoint) => void;
};

const typedOf = (endpoint: Endpoint | undefined) => ({
  label: endpoint?.label ?? '',
  url: endpoint?.url ?? 'https://',
  events: endpoint?.events ?? ['order.paid'],
  with_personal: endpoint?.with_personal ?? false,
  is_on: endpoint ? endpoint.state === 'on' : true,
});

const isHttps = (url: string) => URL.canParse(url) && new URL(url).protocol === 'https:';

/** A new web hook, or a change of one: where to, what of, with names or without. */
export function HookForm({ shopId, events, endpoint, onMade }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const form = useDraft(endpoint, typedOf);
  const { typed, isChanged, change: set } = form;
  const [isTried, setTried] = useState(false);
  const body = { ...typed, label: typed.label.trim(), url: typed.url.trim() } as Draft;
  const make = useHookChange(
    () => send('post', HOOKS, { params: { path: { shop_id: shopId } }, body }),
    onMade,
  );
  const change = useHookChange((version: number | undefined) =>
    send('put', HOOK, {
      params: {
        path: { shop_id: shopId, endpoint_id: endpoint?.id ?? 0 },
        header: { 'if-match': `"${version}"` },
      },
      body,
    }),
  );
  const isPending = make.isPending || change.isPending;
  const isRight = body.label !== '' && isHttps(body.url) && typed.events.length > 0;
  const error = make.error ?? change.error;
  const saveOver = (version: number | undefined) =>
    change.mutate(version, { onSuccess: form.drop });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isRight) return;
    if (endpoint) saveOver(form.base?.version);
    else make.mutate();
  };
  const takeTheirs = () => {
    change.reset();
    form.drop();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form} aria-label={t('webhooks.settings')}>
      <LeaveGuard isChanged={isChanged && !isPending} />
      {endpoint && <h3 className={text.h2}>{t('webhooks.settings')}</h3>}
      <TextInput
        size="md"
        label={t('webhooks.label')}
        description={t('webhooks.labelWhat')}
        required
        maxLength={100}
        value={typed.label}
        error={isTried && !body.label && t('webhooks.labelMissing')}
        onChange={({ currentTarget }) => set({ label: currentTarget.value })}
      />
      <TextInput
        size="md"
        type="url"
        label={t('webhooks.url')}
        description={t('webhooks.urlWhat')}
        required
        value={typed.url}
        error={isTried && !isHttps(body.url) && t('webhooks.urlWrong')}
        onChange={({ currentTarget }) => set({ url: currentTarget.value })}
      />
      <Checkbox.Group
        label={t('webhooks.events')}
        value={typed.events}
        error={isTried && typed.events.length === 0 && t('webhooks.eventsMissing')}
        onChange={(chosen) => set({ events: chosen })}
      >
        {events.map(({ name, title }) => (
          <Checkbox key={name} value={name} label={title[language]} />
        ))}
      </Checkbox.Group>
      <Switch
        size="md"
        label={t('webhooks.personal')}
        description={t('webhooks.personalWhat')}
        checked={typed.with_personal}
        onChange={({ currentTarget }) => set({ with_personal: currentTarget.checked })}
      />
      {endpoint && (
        <Switch
          size="md"
          label={t('webhooks.isOn')}
          description={t('webhooks.isOnWhat')}
          checked={typed.is_on}
          onChange={({ currentTarget }) => set({ is_on: currentTarget.checked })}
        />
      )}
      {isConflict(error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={() => saveOver(endpoint?.version)} />
      ) : (
        <Refused error={error} />
      )}
      <Button
        type="submit"
        size="md"
        loading={isPending}
        disabled={endpoint !== undefined && !isChanged}
      >
        {t(endpoint ? 'webhooks.save' : 'webhooks.make')}
      </Button>
    </form>
  );
}
