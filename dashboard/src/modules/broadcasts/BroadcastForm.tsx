import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isConflict } from '../../api/errors';
import type { Bot, Shop } from '../../api/model';
import { Conflict } from '../../ui/form/Conflict';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import type { Drafted } from '../../ui/form/useDraft';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { AudienceFields } from './AudienceFields';
import { BLANK_TEXT, draftOf, type LeadsTo, type Misfit, misfitOf, type Typed } from './draft';
import { isOfBroadcasts, LIST, ONE, productsQuery, type Shown } from './queries';

const LEADS: readonly LeadsTo[] = ['home', 'product', 'page', 'nothing'];

export type Broadcast = Shown['broadcast'];

type Props = {
  shop: Shop;
  bot: Bot;
  /** Over undefined: a new one. */
  draft: Drafted<Broadcast | undefined, Typed>;
  onDone: () => void;
};

/** A new broadcast, or a change of a draft. */
export function BroadcastForm({ shop, bot, draft, onDone }: Props) {
  const { t } = useTranslation();
  const { base: broadcast, typed, isChanged, change } = draft;
  const [misfit, setMisfit] = useState<Misfit>({});
  const { save, keepMine, takeTheirs } = useSaving(bot, draft, onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = misfitOf(typed);
    setMisfit(found);
    if (Object.keys(found).length === 0) save.mutate(broadcast);
  };
  const told = (key: keyof Typed) => misfit[key] && t(`broadcasts.misfit.${misfit[key]}`);
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isChanged && !save.isPending && !(save.isSuccess && !broadcast)} />
      <TextInput
        size="md"
        label={t('broadcasts.column.title')}
        description={t('broadcasts.titleWhat')}
        required
        maxLength={80}
        value={typed.title}
        error={told('title')}
        onChange={({ currentTarget }) => change({ title: currentTarget.value })}
      />
      <Texts typed={typed} error={told('texts')} change={change} />
      <Leads shop={shop} typed={typed} told={told} change={change} />
      <AudienceFields
        bot={bot}
        shop={shop}
        typed={typed}
        before={broadcast?.draft.audience}
        told={told}
        change={change}
      />
      {isConflict(save.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={keepMine} />
      ) : (
        <Refused error={save.error} />
      )}
      <Button type="submit" size="md" loading={save.isPending} disabled={!isChanged}>
        {t(broadcast ? 'broadcasts.save' : 'broadcasts.make')}
      </Button>
    </form>
  );
}

/** Saves over the version that was read; somebody else's is written over only if that is chosen. */
function useSaving(bot: Bot, { typed, base, settle, drop }: Props['draft'], onDone: () => void) {
  const client = useQueryClient();
  const readAnew = () => client.invalidateQueries({ predicate: isOfBroadcasts });
  const path = { bot_id: bot.id };
  const save = useMutation({
    mutationFn: (over: Broadcast | undefined) => {
      const draft = draftOf(typed, over?.draft);
      if (!over) return send('post', LIST, { params: { path }, body: draft });
      return send('put', ONE, {
        params: { path: { ...path, broadcast_id: over.id } },
        body: { version: over.version, draft },
      });
    },
    onSuccess: ({ broadcast }, over) => (over ? settle(broadcast) : onDone()),
    onSettled: readAnew,
  });
  const keepMine = async () => {
    if (!base) return;
    const params = { path: { ...path, broadcast_id: base.id } };
    save.mutate((await send('get', ONE, { params })).broadcast);
  };
  const takeTheirs = () => {
    save.reset();
    drop();
    void readAnew();
  };
  return { save, keepMine, takeTheirs };
}

export type Change = (part: Partial<Typed>) => void;
export type Told = (key: keyof Typed) => string | undefined;

/** One text, or two that are compared, each in both languages. */
function Texts({ typed, error, change }: { typed: Typed; error?: string; change: Change }) {
  const { t } = useTranslation();
  const write = (place: number, language: 'ru' | 'en', value: string) =>
    change({
      texts: typed.texts.map((each, at) => (at === place ? { ...each, [language]: value } : each)),
    });
  const several = typed.texts.length > 1;
  return (
    <>
      {typed.texts.flatMap((each, place) =>
        (['ru', 'en'] as const).map((language) => (
          <Textarea
            // biome-ignore lint/suspicious/noArrayIndexKey: a text is known by its place
            key={`${place}-${language}`}
            size="md"
            autosize
            minRows={3}
            maxLength={3500}
            label={t(several ? 'broadcasts.textOf' : 'broadcasts.text', {
              number: place + 1,
              language: t(`broadcasts.in.${language}`),
            })}
            description={place === 0 && language === 'ru' ? t('broadcasts.textWhat') : undefined}
            value={each[language]}
            error={language === 'ru' ? error : undefined}
            onChange={({ currentTarget }) => write(place, language, currentTarget.value)}
          />
        )),
      )}
      <Button
        size="md"
        variant="default"
        onClick={() =>
          change({ texts: several ? typed.texts.slice(0, 1) : [...typed.texts, BLANK_TEXT] })
        }
      >
        {t(several ? 'broadcasts.oneText' : 'broadcasts.secondText')}
      </Button>
    </>
  );
}

type LeadsProps = { shop: Shop; typed: Typed; told: Told; change: Change };

/** What the button under the message opens. */
function Leads({ shop, typed, told, change }: LeadsProps) {
  const { t } = useTranslation();
  const products = useQuery({ ...productsQuery(shop.id), enabled: typed.leadsTo === 'product' });
  const names =
    products.data?.products.map(({ id, title }) => ({ value: String(id), label: title })) ?? [];
  const isKnown = names.some(({ value }) => value === typed.product);
  const chosen =
    typed.product && !isKnown
      ? [{ value: typed.product, label: t('number', { number: typed.product }) }]
      : [];
  return (
    <>
      <NativeSelect
        size="md"
        label={t('broadcasts.leads')}
        value={typed.leadsTo}
        data={LEADS.map((value) => ({ value, label: t(`broadcasts.leadsTo.${value}`) }))}
        onChange={({ currentTarget }) => change({ leadsTo: currentTarget.value as LeadsTo })}
      />
      {typed.leadsTo === 'product' && (
        <NativeSelect
          size="md"
          label={t('broadcasts.product')}
          value={typed.product}
          error={told('product')}
          data={[{ value: '', label: t('broadcasts.chooseProduct') }, ...chosen, ...names]}
          onChange={({ currentTarget }) => change({ product: currentTarget.value })}
        />
      )}
      {typed.leadsTo === 'page' && (
        <TextInput
          size="md"
          label={t('broadcasts.url')}
          description={t('broadcasts.urlWhat')}
          placeholder="https://"
          value={typed.url}
          error={told('url')}
          onChange={({ currentTarget }) => change({ url: currentTarget.value })}
        />
      )}
      {typed.leadsTo !== 'nothing' &&
        (['labelRu', 'labelEn'] as const).map((key) => (
          <TextInput
            key={key}
            size="md"
            maxLength={40}
            label={t(`broadcasts.${key}`)}
            value={typed[key]}
            error={told(key)}
            onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
          />
        ))}
    </>
  );
}
