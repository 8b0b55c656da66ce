import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconArrowUp, IconTrash } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { amountText } from '../../format/amount';
import { currencyName } from '../../format/money';
import { Confirm } from '../../ui/dialog/Dialog';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import layout from '../../ui/layout.module.css';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './catalogue.module.css';
import { countOf, priceOf } from './draft';
import { InlineEdit } from './InlineEdit';
import { ONE, ONE_VARIANT, type Product, useProductNews, type Variant } from './queries';
import { Stock } from './useColumns';
import { useCatalogueWords } from './words';

/** Sizes, colours: each with its own stock, and a price of its own where it differs. */
export function Variants({ product }: { product: Product }) {
  const { t } = useTranslation();
  const variants = product.variants ?? [];
  return (
    <section className={record.form} aria-label={t('catalogue.variants')}>
      <h3 className={text.h2}>{t('catalogue.variants')}</h3>
      <p className={text.note}>{t('catalogue.variantsWhat')}</p>
      {variants.length > 0 && (
        <ol className={styles.rows}>
          {variants.map((variant, index) => (
            <VariantRow key={variant.id} product={product} variant={variant} index={index} />
          ))}
        </ol>
      )}
      <NewVariant product={product} />
    </section>
  );
}

type RowProps = { product: Product; variant: Variant; index: number };

function VariantRow({ product, variant, index }: RowProps) {
  const { t } = useTranslation();
  const news = useProductNews(product.shop_id);
  const [isAsked, setAsked] = useState(false);
  const path = { shop_id: product.shop_id, number: product.id };
  const ids = (product.variants ?? []).map(({ id }) => id);
  const raise = useMutation({
    mutationFn: () => {
      const others = ids.filter((id) => id !== variant.id);
      const wanted = others.toSpliced(index - 1, 0, variant.id);
      return send('put', `${ONE}/variants-order`, {
        params: { path, header: { 'if-match': `"${product.version}"` } },
        body: { variants: wanted },
      });
    },
    onSuccess: news.show,
    onError: news.readAnew,
  });
  const remove = useMutation({
    mutationFn: () =>
      send('delete', ONE_VARIANT, { params: { path: { ...path, variant: variant.id } } }),
    onSuccess: (changed) => {
      setAsked(false);
      news.show(changed);
    },
  });
  return (
    <li>
      <VariantTitle product={product} variant={variant} />
      <VariantPrice product={product} variant={variant} />
      <Stock product={product} variantId={variant.id} mayChange />
      <span className={layout.tools}>
        <ActionIcon
          size={44}
          variant="subtle"
          color="gray"
          disabled={index === 0 || raise.isPending}
          aria-label={t('catalogue.raise', { title: variant.title })}
          onClick={() => raise.mutate()}
        >
          <IconArrowUp size={18} aria-hidden="true" />
        </ActionIcon>
        <ActionIcon
          size={44}
          variant="subtle"
          color="red"
          aria-label={t('catalogue.dropThis', { title: variant.title })}
          onClick={() => setAsked(true)}
        >
          <IconTrash size={18} aria-hidden="true" />
        </ActionIcon>
      </span>
      <Refused error={raise.error} />
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('catalogue.dropVariant', { title: variant.title })}
        action={t('catalogue.drop')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {t('catalogue.dropVariantWhat')}
      </Confirm>
    </li>
  );
}

/** Replaces what is said of a variant; its stock is changed by itself. */
function useVariantChange(product: Product, variant: Variant) {
  const { readAnew } = useProductNews(product.shop_id);
  const { id, ...draft } = variant;
  return async (part: Partial<typeof draft>) => {
    try {
      await send('put', ONE_VARIANT, {
        params: {
          path: { shop_id: product.shop_id, number: product.id, variant: id },
          header: { 'if-match': `"${product.version}"` },
        },
        body: { ...draft, ...part },
      });
    } finally {
      await readAnew();
    }
  };
}

type OneProps = { product: Product; variant: Variant };

function VariantTitle({ product, variant }: OneProps) {
  const { t } = useTranslation();
  const change = useVariantChange(product, variant);
  return (
    <span>
      <InlineEdit
        label={t('catalogue.nameOf', { title: variant.title })}
        value={variant.title}
        shown={variant.title}
        inputMode="text"
        misfitOf={(typed) => (typed.trim() ? undefined : t('catalogue.misfit.title'))}
        onSave={(typed) => change({ title: typed.trim() })}
      />
    </span>
  );
}

function VariantPrice({ product, variant }: OneProps) {
  const { t } = useTranslation();
  const words = useCatalogueWords();
  const change = useVariantChange(product, variant);
  const { currency } = product;
  const own = variant.price_minor;
  return (
    <InlineEdit
      label={t('catalogue.priceOf', { title: `${product.title}, ${variant.title}` })}
      value={own == null ? '' : amountText(own, currency)}
      shown={words.money(own ?? product.price_minor, currency)}
      inputMode="decimal"
      misfitOf={(typed) =>
        typed.trim() && priceOf(typed, currency) === null ? t('catalogue.misfit.amount') : undefined
      }
      onSave={(typed) => change({ price_minor: typed.trim() ? priceOf(typed, currency) : null })}
    />
  );
}

const NOTHING = { title: '', price: '', stock: '' };

function NewVariant({ product }: { product: Product }) {
  const { t } = useTranslation();
  const news = useProductNews(product.shop_id);
  const [typed, setTyped] = useState(NOTHING);
  const { currency } = product;
  const price = typed.price ? priceOf(typed.price, currency) : null;
  const isPriceWrong = typed.price !== '' && price === null;
  const stock = countOf(typed.stock);
  const add = useMutation({
    mutationFn: () =>
      send('post', `${ONE}/variants`, {
        params: { path: { shop_id: product.shop_id, number: product.id } },
        body: { title: typed.title.trim(), price_minor: price, stock: stock ?? null },
      }),
    onSuccess: () => {
      setTyped(NOTHING);
      return news.readAnew();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.title.trim() && !isPriceWrong && stock !== undefined) add.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={typed.title.trim() !== '' && !add.isPending} />
      <TextInput
        size="md"
        label={t('catalogue.newVariant')}
        placeholder={t('catalogue.newVariantSuch')}
        maxLength={64}
        value={typed.title}
        onChange={({ currentTarget: { value } }) => setTyped({ ...typed, title: value })}
      />
      {typed.title.trim() !== '' && (
        <>
          <TextInput
            size="md"
            label={t('catalogue.price', { currency: currencyName(currency) })}
            description={t('catalogue.variantPriceWhat')}
            inputMode="decimal"
            value={typed.price}
            error={isPriceWrong && t('catalogue.misfit.amount')}
            onChange={({ currentTarget: { value } }) => setTyped({ ...typed, price: value })}
          />
          <TextInput
            size="md"
            label={t('catalogue.column.stock')}
            description={t('catalogue.stockWhat')}
            inputMode="numeric"
            value={typed.stock}
            error={stock === undefined && t('catalogue.misfit.count')}
            onChange={({ currentTarget: { value } }) => setTyped({ ...typed, stock: value })}
          />
        </>
      )}
      <Refused error={add.error} />
      <Button
        type="submit"
        size="md"
        variant="default"
        loading={add.isPending}
        disabled={!typed.title.trim()}
      >
        {t('catalogue.addVariant')}
      </Button>
    </form>
  );
}
