import { Button, Checkbox, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { dayIn, deviceTimeZone } from '../../format/time';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { isDay } from '../../view/view';
import { LINKS, type LinkDraft, type NewLink, useAccessChange } from './queries';
import { Refusal } from './Refusal';

const ROLES = ['viewer', 'analyst', 'owner'] as const;
const DAY_MS = 86_400_000;

type Typed = {
  role: LinkDraft['role'];
  label: string;
  isOfAll: boolean;
  shops: string[];
  /** YYYY-MM-DD by the device's clock, or nothing. */
  until: string;
};

const FRESH: Typed = { role: 'viewer', label: '', isOfAll: true, shops: [], until: '' };

/** The same words for the same fields: what the owner confirms is one very request. */
export const linkDraftOf = ({ role, label, isOfAll, shops, until }: Typed): LinkDraft => ({
  role,
  label: label.trim(),
  shop_ids: isOfAll ? null : shops.map(Number).sort((a, b) => a - b),
  expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null,
});

const isWhole = ({ label, isOfAll, shops, until }: Typed) =>
  label.trim() !== '' && (isOfAll || shops.length > 0) && (until === '' || isDay(until));

/** A new link to the panel. */
export function LinkForm({ onMade }: { onMade: (made: NewLink) => void }) {
  const { t } = useTranslation();
  const { data: shops = [] } = useQuery(shopsQuery);
  const [typed, setTyped] = useState(FRESH);
  const make = useAccessChange(() => send('post', LINKS, { body: linkDraftOf(typed) }), onMade);
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const tomorrow = dayIn(deviceTimeZone(), new Date(Date.now() + DAY_MS));
  return (
    <form onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={typed.label !== '' && !make.isSuccess} />
      <TextInput
        label={t('access.label')}
        description={t('access.labelWhat')}
        required
        maxLength={100}
        value={typed.label}
        onChange={({ currentTarget }) => change({ label: currentTarget.value })}
      />
      <NativeSelect
        label={t('access.role')}
        description={t(`access.roleWhat.${typed.role}`)}
        value={typed.role}
        data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        onChange={({ currentTarget }) => change({ role: currentTarget.value as Typed['role'] })}
      />
      {shops.length > 1 && (
        <Switch
          size="md"
          label={t('access.ofAll')}
          description={t('access.ofAllWhat')}
          checked={typed.isOfAll}
          onChange={({ currentTarget }) => change({ isOfAll: currentTarget.checked })}
        />
      )}
      {!typed.isOfAll && (
        <Checkbox.Group
          label={t('access.shops')}
          value={typed.shops}
          onChange={(chosen) => change({ shops: chosen })}
        >
          {shops.map(({ id, name }) => (
            <Checkbox key={id} value={String(id)} label={name} />
          ))}
        </Checkbox.Group>
      )}
      <TextInput
        type="date"
        label={t('access.until')}
        description={t('access.untilWhat')}
        min={tomorrow}
        max="2100-01-01"
        value={typed.until}
        onChange={({ currentTarget }) => change({ until: currentTarget.value })}
      />
      {typed.role === 'owner' && <p className={text.note}>{t('access.ownerConfirms')}</p>}
      <Refusal error={make.error} />
      <Button type="submit" loading={make.isPending} disabled={!isWhole(typed)}>
        {t('access.make')}
      </Button>
    </form>
  );
}
