import { Button, NativeSelect, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { isConflict } from '../../api/errors';
import type { Shop } from '../../api/model';
import { currencyName } from '../../format/money';
import { Conflict } from '../../ui/form/Conflict';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { type Drafted, useDraft } from '../../ui/form/useDraft';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import styles from './catalogue.module.css';
import { draftOf, KINDS, kindIn, type Misfit, misfitOf, type Typed, typedOf } from './draft';
import {
  categoriesQuery,
  LIST,
  ONE,
  type Product,
  type ProductKind,
  useProductNews,
} from './queries';
import { inOrder } from './words';

type Props = { shop: Shop; product?: Product; onDone?: (product: Product) => void };

/** A new product, or a change of one. */
export function ProductForm({ shop, product, onDone }: Props) {
  const { t } = useTranslation();
  // The shop is read anew now and then: what is chosen here must not follow it.
  const [newKind] = useState(() => kindIn(shop));
  const draft = useDraft(product, (record) => typedOf(record, shop.timezone, newKind));
  const { base, typed, isChanged } = draft;
  const currency = base?.currency ?? shop.currency;
  const [misfit, setMisfit] = useState<Misfit>({});
  // A new one is on sale with a name and a price: the rest is shown to whoever asks for it.
  const [isWhole, setWhole] = useState(product !== undefined);
  const form = useRef<HTMLFormElement>(null);
  const { save, keepMine, takeTheirs } = useSaving(shop, draft, onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = misfitOf(typed, currency);
    setMisfit(found);
    if (Object.keys(found).length === 0) save.mutate(base);
    else
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      );
  };
  const change = (part: Partial<Typed>) => {
    draft.change(part);
    const isMended = ([key]: [string, unknown]) => !(key in part);
    setMisfit(Object.fromEntries(Object.entries(misfit).filter(isMended)));
  };
  const parts = { typed, misfit, currency, change };
  return (
    <form ref={form} noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isChanged && !save.isPending && !(save.isSuccess && !base)} />
      <Said {...parts} />
      <Counted {...parts} isNew={product === undefined} isWhole={isWhole} />
      <Kind {...parts} />
      {isWhole ? (
        <>
          <Placed {...parts} shopId={shop.id} />
          <OnSale {...parts} timeZone={shop.timezone} />
        </>
      ) : (
        <Button size="md" variant="subtle" className={styles.more} onClick={() => setWhole(true)}>
          {t('catalogue.more')}
        </Button>
      )}
      {isConflict(save.error) ? (
        <Conflict onTakeTheirs={takeTheirs} onKeepMine={keepMine} />
      ) : (
        <Refused error={save.error} />
      )}
      <Button
        type="submit"
        size="md"
        loading={save.isPending}
        disabled={base !== undefined && !isChanged}
      >
        {t(product ? 'catalogue.save' : 'catalogue.make')}
      </Button>
    </form>
  );
}

/** Saves over the version that was read; somebody else's is written over only if that is chosen. */
function useSaving(
  shop: Shop,
  { base, typed, settle, drop }: Drafted<Product | undefined, Typed>,
  onDone: ((product: Product) => void) | undefined,
) {
  const news = useProductNews(shop.id);
  const currency = base?.currency ?? shop.currency;
  const save = useMutation({
    mutationFn: (over: Product | undefined) => {
      const body = draftOf(typed, currency, shop.timezone, over);
      if (!over) return send('post', LIST, { params: { path: { shop_id: shop.id } }, body });
      return send('put', ONE, {
        params: {
          path: { shop_id: shop.id, number: over.id },
          header: { 'if-match': `"${over.version}"` },
        },
        body,
      });
    },
    onSuccess: (saved, over) => {
      if (over) settle(saved);
      news.show(saved);
      void news.readAnew();
      onDone?.(saved);
    },
  });
  const keepMine = async () => {
    if (!base) return;
    const path = { shop_id: shop.id, number: base.id };
    save.mutate(await send('get', ONE, { params: { path } }));
  };
  const takeTheirs = () => {
    save.reset();
    drop();
    void news.readAnew();
  };
  return { save, keepMine, takeTheirs };
}

type PartProps = {
  typed: Typed;
  misfit: Misfit;
  currency: string;
  change: (part: Partial<Typed>) => void;
};

function useErrorOf(misfit: Misfit) {
  const { t } = useTranslation();
  return (key: keyof Typed) => ({
    error: misfit[key] && t(`catalogue.misfit.${misfit[key]}`),
    'aria-invalid': misfit[key] !== undefined,
  });
}

/** What the shopper reads. */
function Said({ typed, misfit, change }: PartProps) {
  const { t } = useTranslation();
  const errorOf = useErrorOf(misfit);
  return (
    <>
      <TextInput
        size="md"
        label={t('catalogue.column.title')}
        required
        maxLength={128}
        value={typed.title}
        {...errorOf('title')}
        onChange={({ currentTarget }) => change({ title: currentTarget.value })}
      />
      <Textarea
        size="md"
        label={t('catalogue.description')}
        description={t('catalogue.descriptionWhat')}
        autosize
        minRows={3}
        maxRows={12}
        maxLength={4096}
        value={typed.description}
        onChange={({ currentTarget }) => change({ description: currentTarget.value })}
      />
    </>
  );
}

type CountedProps = PartProps & { isNew: boolean; isWhole: boolean };

/** What it costs, and how many there are. */
function Counted({ typed, misfit, currency, change, isNew, isWhole }: CountedProps) {
  const { t } = useTranslation();
  const errorOf = useErrorOf(misfit);
  const named = { currency: currencyName(currency) };
  const fields: [keyof Typed, string, string | undefined, 'decimal' | 'numeric'][] = [
    ['price', t('catalogue.price', named), undefined, 'decimal'],
  ];
  if (isWhole)
    fields.push(['cost', t('catalogue.cost', named), t('catalogue.costWhat'), 'decimal']);
  if (isNew)
    fields.push(['stock', t('catalogue.column.stock'), t('catalogue.stockWhat'), 'numeric']);
  if (isWhole)
    fields.push(['lowStock', t('catalogue.lowStock'), t('catalogue.lowStockWhat'), 'numeric']);
  return fields.map(([key, label, description, inputMode]) => (
    <TextInput
      key={key}
      size="md"
      label={label}
      description={description}
      required={key === 'price'}
      inputMode={inputMode}
      value={String(typed[key])}
      {...errorOf(key)}
      onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
    />
  ));
}

/** Of what kind it is: what happens once it is paid. */
function Kind({ typed, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      size="md"
      label={t('catalogue.kind.label')}
      description={t(`catalogue.kind.${typed.kind}_what`)}
      value={typed.kind}
      data={KINDS.map((value) => ({ value, label: t(`catalogue.kind.${value}`) }))}
      onChange={({ currentTarget }) => change({ kind: currentTarget.value as ProductKind })}
    />
  );
}

/** Where it stands, and whether it is seen there. */
function Placed({ typed, change, shopId }: PartProps & { shopId: number }) {
  const { t } = useTranslation();
  const { data: categories = [] } = useQuery(categoriesQuery(shopId));
  return (
    <>
      <NativeSelect
        size="md"
        label={t('catalogue.column.category')}
        value={typed.category}
        data={[
          { value: '', label: t('catalogue.noCategory') },
          ...inOrder(categories).map(({ category, name }) => ({
            value: String(category.id),
            label: name,
          })),
        ]}
        onChange={({ currentTarget }) => change({ category: currentTarget.value })}
      />
      <TextInput
        size="md"
        label={t('catalogue.column.sku')}
        maxLength={64}
        value={typed.sku}
        onChange={({ currentTarget }) => change({ sku: currentTarget.value })}
      />
      <Switch
        size="md"
        label={t('catalogue.hidden')}
        description={t('catalogue.hiddenWhat')}
        checked={typed.isHidden}
        onChange={({ currentTarget }) => change({ isHidden: currentTarget.checked })}
      />
    </>
  );
}

/** From when until when it is sold; empty: always. */
function OnSale({ typed, misfit, change, timeZone }: PartProps & { timeZone: string }) {
  const { t } = useTranslation();
  const errorOf = useErrorOf(misfit);
  return (['onSaleFrom', 'onSaleUntil'] as const).map((key) => (
    <TextInput
      key={key}
      type="datetime-local"
      size="md"
      label={t(`catalogue.${key}`)}
      description={t(`catalogue.${key}What`, { zone: timeZone })}
      value={typed[key]}
      {...errorOf(key)}
      onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
    />
  ));
}
