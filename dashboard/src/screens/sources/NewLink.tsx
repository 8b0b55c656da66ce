import { Button, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { Dialog } from '../../ui/dialog/Dialog';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { isOfSources, LIST } from './queries';

type Props = { shop: Shop; onMade: (sourceId: number) => void };

/** A link of one's own, with the campaign it belongs to. */
export function NewLink({ shop, onMade }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="md"
        leftSection={<IconPlus size={18} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {t('sources.new')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('sources.new')}>
        <Form
          shop={shop}
          onMade={(id) => {
            setOpen(false);
            onMade(id);
          }}
        />
      </Dialog>
    </>
  );
}

/** What Telegram takes after `?start=`. */
const CODE = /^[A-Za-z0-9_-]{0,64}$/;
const FIELDS = ['label', 'campaign', 'medium', 'code'] as const;

function Form({ shop, onMade }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState({ label: '', campaign: '', medium: '', code: '' });
  const make = useMutation({
    mutationFn: () =>
      send('post', LIST, {
        params: { path: { shop_id: shop.id } },
        body: { ...draft, code: draft.code || null },
      }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ predicate: isOfSources });
      onMade(id);
    },
  });
  const isCode = CODE.test(draft.code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isCode) make.mutate();
  };
  return (
    <form className={record.form} noValidate onSubmit={submit}>
      <LeaveGuard isChanged={Object.values(draft).some((value) => value) && !make.isPending} />
      {FIELDS.map((field) => (
        <TextInput
          key={field}
          size="md"
          label={t(`sources.field.${field}`)}
          description={t(`sources.hint.${field}`)}
          maxLength={64}
          value={draft[field]}
          error={field === 'code' && !isCode ? t('sources.badCode') : undefined}
          onChange={({ currentTarget }) => setDraft({ ...draft, [field]: currentTarget.value })}
        />
      ))}
      <Refused error={make.error} />
      <Button type="submit" size="md" loading={make.isPending} disabled={!isCode}>
        {t('sources.make')}
      </Button>
    </form>
  );
}
