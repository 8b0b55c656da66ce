import { Button, NativeSelect, PasswordInput, SegmentedControl, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { useLanguage } from '../../i18n';
import { Dialog } from '../../ui/dialog/Dialog';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { LinkButton } from '../../ui/LinkButton';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './exports.module.css';
import { chatsQuery, SCHEDULES, schedulesQuery, type Table } from './queries';
import type { ExportsSearch } from './search';
import { useExport } from './useExport';
import { useWeekdays } from './weekdays';

type Props = { tables: readonly Table[]; search: ExportsSearch };

/** The table that is chosen above, from now on by itself. */
export function NewSchedule({ tables, search }: Props) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="md"
        variant="default"
        leftSection={<IconPlus size={18} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {t('exports.newSchedule')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('exports.newSchedule')}>
        <Form tables={tables} search={search} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

const NO_BUCKET = {
  endpoint: '',
  bucket: '',
  prefix: '',
  region: '',
  access_key_id: '',
  secret_access_key: '',
};
type Bucket = typeof NO_BUCKET;
const OPTIONAL: readonly (keyof Bucket)[] = ['prefix', 'region'];

function Form({ tables, search, onDone }: Props & { onDone: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const weekdays = useWeekdays();
  const chats = useQuery(chatsQuery);
  const { table, layout, shops } = useExport(tables, search);
  const [every, setEvery] = useState<'day' | 'week'>('week');
  const [weekday, setWeekday] = useState(1);
  const [hour, setHour] = useState(9);
  const [where, setWhere] = useState<'chat' | 's3'>('chat');
  const [chosenChat, setChat] = useState('');
  const [bucket, setBucket] = useState(NO_BUCKET);
  const chat =
    chats.data?.find((each) => keyOf(each) === chosenChat) ?? chats.data?.[0] ?? undefined;
  const add = useMutation({
    mutationFn: () => {
      const { access_key_id, secret_access_key, ...target } = bucket;
      const s3 = { ...target, region: target.region || undefined };
      const to =
        where === 'chat'
          ? { chat: chat && { bot_id: chat.bot_id, telegram_id: chat.telegram_id } }
          : { s3, keys: { access_key_id, secret_access_key } };
      return send('post', SCHEDULES, {
        params: { query: shops.length ? { shops: shops.join(',') } : {} },
        body: { table: table?.key ?? '', layout, every, weekday, hour, ...to },
      });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: schedulesQuery.queryKey });
      onDone();
    },
  });
  const isWhole =
    where === 'chat'
      ? chat !== undefined
      : Object.entries(bucket).every(
          ([key, value]) => value.trim() || OPTIONAL.includes(key as keyof Bucket),
        );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) add.mutate();
  };
  return (
    <form className={record.form} noValidate onSubmit={submit}>
      <LeaveGuard
        isChanged={Object.values(bucket).some((value) => value.trim()) && !add.isPending}
      />
      <p>
        {t('exports.scheduleOf', {
          table: table?.title[language] ?? '',
          format: (layout.file_format ?? 'csv').toUpperCase(),
        })}
      </p>
      <NativeSelect
        size="md"
        label={t('exports.every')}
        value={every}
        data={[
          { value: 'week', label: t('exports.everyWeek') },
          { value: 'day', label: t('exports.everyDay') },
        ]}
        onChange={({ currentTarget }) => setEvery(currentTarget.value as 'day' | 'week')}
      />
      {every === 'week' && (
        <NativeSelect
          size="md"
          label={t('exports.weekday')}
          value={String(weekday)}
          data={weekdays.map((label, index) => ({ value: String(index + 1), label }))}
          onChange={({ currentTarget }) => setWeekday(Number(currentTarget.value))}
        />
      )}
      <NativeSelect
        size="md"
        label={t('exports.hour')}
        value={String(hour)}
        data={Array.from({ length: 24 }, (_, each) => ({
          value: String(each),
          label: `${String(each).padStart(2, '0')}:00`,
        }))}
        onChange={({ currentTarget }) => setHour(Number(currentTarget.value))}
      />
      <SegmentedControl
        size="md"
        aria-label={t('exports.whereTo')}
        value={where}
        data={[
          { value: 'chat', label: t('exports.toChat') },
          { value: 's3', label: t('exports.toS3') },
        ]}
        onChange={(value) => setWhere(value as 'chat' | 's3')}
      />
      {where === 'chat' ? (
        <Loaded query={chats} height={72}>
          {(known) =>
            known.length === 0 ? (
              <div className={styles.target}>
                <p className={text.note}>{t('exports.noChat')}</p>
                <LinkButton to="/access" variant="default">
                  {t('exports.bindChat')}
                </LinkButton>
              </div>
            ) : (
              <NativeSelect
                size="md"
                label={t('exports.chat')}
                value={chat && keyOf(chat)}
                data={known.map((each) => ({ value: keyOf(each), label: each.name }))}
                onChange={({ currentTarget }) => setChat(currentTarget.value)}
              />
            )
          }
        </Loaded>
      ) : (
        <BucketFields bucket={bucket} onChange={setBucket} />
      )}
      <Refused error={add.error} />
      <Button type="submit" size="md" disabled={!isWhole} loading={add.isPending}>
        {t('exports.addSchedule')}
      </Button>
    </form>
  );
}

const keyOf = ({ bot_id, telegram_id }: { bot_id: number; telegram_id: number }) =>
  `${bot_id} ${telegram_id}`;

function BucketFields({
  bucket,
  onChange,
}: {
  bucket: Bucket;
  onChange: (bucket: Bucket) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.target}>
      {(Object.keys(bucket) as (keyof Bucket)[]).map((key) => {
        const Input = key === 'secret_access_key' ? PasswordInput : TextInput;
        return (
          <Input
            key={key}
            size="md"
            label={t(`exports.s3.${key}`)}
            autoComplete="off"
            value={bucket[key]}
            onChange={({ currentTarget }) => onChange({ ...bucket, [key]: currentTarget.value })}
          />
        );
      })}
      <p className={text.note}>{t('exports.s3What')}</p>
    </div>
  );
}
