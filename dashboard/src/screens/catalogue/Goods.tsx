import { Button, FileButton, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot, Shop } from '../../api/model';
import { Confirm } from '../../ui/dialog/Dialog';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { LinkButton } from '../../ui/LinkButton';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './catalogue.module.css';
import { GOODS, type Good, goodsQuery, keysQuery, type Product } from './queries';

type Props = { shop: Shop; product: Product };

/** What the buyer of a digital product gets: a key of their own, and files, links and texts. */
export function Goods({ shop, product }: Props) {
  const { t } = useTranslation();
  const bot = shop.bots.find(({ modules }) => modules.includes('delivery'));
  return (
    <section className={record.form} aria-label={t('catalogue.goods')}>
      <h3 className={text.h2}>{t('catalogue.goods')}</h3>
      {bot ? (
        <>
          <Keys bot={bot} product={product} />
          <Handed bot={bot} product={product} />
        </>
      ) : (
        <>
          <p className={text.note}>{t('catalogue.noDelivery')}</p>
          <LinkButton to="/modules" variant="default">
            {t('catalogue.toModules')}
          </LinkButton>
        </>
      )}
    </section>
  );
}

type OfBot = { bot: Bot; product: Product };

/** Keys, of which each buyer gets one. */
function Keys({ bot, product }: OfBot) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(keysQuery(bot.id));
  const [typed, setTyped] = useState('');
  const [variant, setVariant] = useState('');
  const variants = product.variants ?? [];
  const add = useMutation({
    mutationFn: () =>
      send('post', '/api/v1/bots/{bot_id}/modules/delivery/products/{product_id}/keys', {
        params: { path: { bot_id: bot.id, product_id: product.id } },
        body: { text: typed, variant_id: Number(variant) || null },
      }),
    onSuccess: () => {
      setTyped('');
      return client.invalidateQueries({ queryKey: keysQuery(bot.id).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={typed.trim() !== '' && !add.isPending} />
      <Loaded query={query} height={24}>
        {(counts) => {
          const own = counts.filter(({ product_id }) => product_id === product.id);
          const sum = (of: 'free' | 'issued') => own.reduce((all, each) => all + each[of], 0);
          return <p>{t('catalogue.keysLeft', { free: sum('free'), issued: sum('issued') })}</p>;
        }}
      </Loaded>
      {variants.length > 0 && (
        <NativeSelect
          size="md"
          label={t('catalogue.keysOf')}
          value={variant}
          data={[
            { value: '', label: t('catalogue.everyVariant') },
            ...variants.map(({ id, title }) => ({ value: String(id), label: title })),
          ]}
          onChange={({ currentTarget }) => setVariant(currentTarget.value)}
        />
      )}
      <Textarea
        size="md"
        label={t('catalogue.keys')}
        description={t('catalogue.keysWhat')}
        autosize
        minRows={2}
        maxRows={8}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {add.data && <p role="status">{t('catalogue.keysAdded', add.data)}</p>}
      <Refused error={add.error} />
      <Button
        type="submit"
        size="md"
        variant="default"
        loading={add.isPending}
        disabled={!typed.trim()}
      >
        {t('catalogue.addKeys')}
      </Button>
    </form>
  );
}

const WAYS = ['link', 'text', 'file'] as const;

/** What every buyer gets. */
function Handed({ bot, product }: OfBot) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = useQuery(goodsQuery(bot.id, product.id));
  const readAnew = () =>
    client.invalidateQueries({ queryKey: goodsQuery(bot.id, product.id).queryKey });
  return (
    <>
      <Loaded query={query} height={40}>
        {(goods) =>
          goods.length > 0 ? (
            <ul className={styles.rows}>
              {goods.map((good) => (
                <HandedRow key={good.id} bot={bot} good={good} onGone={readAnew} />
              ))}
            </ul>
          ) : (
            <p className={text.note}>{t('catalogue.noGoods')}</p>
          )
        }
      </Loaded>
      <NewGood bot={bot} product={product} onAdded={readAnew} />
    </>
  );
}

type HandedProps = { bot: Bot; good: Good; onGone: () => Promise<unknown> };

function HandedRow({ bot, good, onGone }: HandedProps) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      send('delete', '/api/v1/bots/{bot_id}/modules/delivery/goods/{good_id}', {
        params: { path: { bot_id: bot.id, good_id: good.id } },
      }),
    onSuccess: () => onGone().then(() => setAsked(false)),
  });
  const name = good.title || (good.kind === 'file' ? '' : good.content);
  return (
    <li>
      <span>
        {t(`catalogue.way.${good.kind}`)}
        {name && `: ${name}`}
      </span>
      <Button size="md" variant="subtle" color="red" onClick={() => setAsked(true)}>
        {t('catalogue.drop')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('catalogue.dropGood')}
        action={t('catalogue.drop')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {t('catalogue.dropGoodWhat')}
      </Confirm>
    </li>
  );
}

type NewGoodProps = OfBot & { onAdded: () => Promise<unknown> };

function NewGood({ bot, product, onAdded }: NewGoodProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Good['kind']>('link');
  const [content, setContent] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const isReady = kind === 'file' ? file !== null : content.trim() !== '';
  const add = useMutation({
    mutationFn: async () => {
      const body = { kind, title: file?.name.slice(0, 100) ?? '', content: content.trim() };
      if (kind === 'file' && file) body.content = (await upload(product.shop_id, file)).sha256;
      const path = { bot_id: bot.id, product_id: product.id };
      return send('post', GOODS, { params: { path }, body });
    },
    onSuccess: () => {
      setContent('');
      setFile(null);
      return onAdded();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isReady && !add.isPending} />
      <NativeSelect
        size="md"
        label={t('catalogue.newGood')}
        value={kind}
        data={WAYS.map((value) => ({ value, label: t(`catalogue.way.${value}`) }))}
        onChange={({ currentTarget }) => {
          setKind(currentTarget.value as Good['kind']);
          setFile(null);
        }}
      />
      {kind === 'file' ? (
        <FileButton onChange={setFile}>
          {(press) => (
            <Button {...press} size="md" variant="default">
              {file?.name ?? t('catalogue.chooseFile')}
            </Button>
          )}
        </FileButton>
      ) : (
        <TextInput
          size="md"
          label={t(`catalogue.way.${kind}`)}
          placeholder={kind === 'link' ? 'https://' : ''}
          maxLength={3000}
          value={content}
          onChange={({ currentTarget }) => setContent(currentTarget.value)}
        />
      )}
      <Refused error={add.error} />
      <Button type="submit" size="md" variant="default" loading={add.isPending} disabled={!isReady}>
        {t('catalogue.addGood')}
      </Button>
    </form>
  );
}

const upload = (shopId: number, file: File) =>
  send('post', '/api/v1/shops/{shop_id}/files', {
    params: { path: { shop_id: shopId }, query: { kind: 'document', name: file.name } },
    body: file as never,
    bodySerializer: (body: unknown) => body,
    headers: { 'content-type': 'application/octet-stream' },
  });
