import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { dayIn, deviceTimeZone } from '../../format/time';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { isDay } from '../../view/view';
import { API_KEYS, type NewApiKey, SCOPES, type Scope, useKeyChange } from './queries';
import { endOfDay } from './words';

const DAY_MS = 86_400_000;

/** A new key: what it opens, of which shops, until when. */
export function ApiKeyForm({ onMade }: { onMade: (made: NewApiKey) => void }) {
  const { t } = useTranslation();
  const { data: shops = [] } = useQuery(shopsQuery);
  const [label, setLabel] = useState('');
  const [scope, setScope] = useState<Scope>('figures');
  const [chosen, setChosen] = useState<string[]>();
  const [until, setUntil] = useState('');
  const ids = (chosen ?? shops.map(({ id }) => String(id))).map(Number);
  const make = useKeyChange(
    () =>
      send('post', API_KEYS, {
        body: { label: label.trim(), scope, shop_ids: ids, expires_at: endOfDay(until) },
      }),
    onMade,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const isWhole = label.trim() !== '' && ids.length > 0 && (until === '' || isDay(until));
  return (
    <form onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={label !== '' && !make.isPending} />
      <TextInput
        size="md"
        label={t('keys.label')}
        description={t('keys.labelWhat')}
        required
        maxLength={100}
        value={label}
        onChange={({ currentTarget }) => setLabel(currentTarget.value)}
      />
      <NativeSelect
        size="md"
        label={t('keys.scopeOf')}
        description={t(`keys.scopeWhat.${scope}`)}
        value={scope}
        data={SCOPES.map((value) => ({ value, label: t(`keys.scope.${value}`) }))}
        onChange={({ currentTarget }) => setScope(currentTarget.value as Scope)}
      />
      <Checkbox.Group label={t('keys.shops')} value={ids.map(String)} onChange={setChosen}>
        {shops.map(({ id, name }) => (
          <Checkbox key={id} value={String(id)} label={name} />
        ))}
      </Checkbox.Group>
      <TextInput
        size="md"
        type="date"
        label={t('keys.until')}
        description={t('keys.untilWhat')}
        min={dayIn(deviceTimeZone(), new Date(Date.now() + DAY_MS))}
        max="2100-01-01"
        value={until}
        onChange={({ currentTarget }) => setUntil(currentTarget.value)}
      />
      <Refused error={make.error} />
      <Button type="submit" size="md" loading={make.isPending} disabled={!isWhole}>
        {t('keys.make')}
      </Button>
    </form>
  );
}
