import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconArrowUp, IconFolders, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Confirm } from '../../ui/dialog/Dialog';
import { SidePanel } from '../../ui/drawer/SidePanel';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './catalogue.module.css';
import { InlineEdit } from './InlineEdit';
import {
  CATEGORIES,
  type Category,
  categoriesQuery,
  ONE_CATEGORY,
  useProductNews,
} from './queries';
import { inOrder } from './words';

/** The shop's categories: their names, their order, and which shoppers do not see. */
export function Categories({ shopId }: { shopId: number }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="md"
        variant="default"
        leftSection={<IconFolders size={18} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {t('catalogue.categories')}
      </Button>
      <SidePanel isOpen={isOpen} onClose={() => setOpen(false)} title={t('catalogue.categories')}>
        <Tree shopId={shopId} />
      </SidePanel>
    </>
  );
}

function Tree({ shopId }: { shopId: number }) {
  const { t } = useTranslation();
  const query = useQuery(categoriesQuery(shopId));
  return (
    <Loaded query={query} height={240}>
      {(categories) => (
        <div className={record.story}>
          {categories.length === 0 && <p className={text.note}>{t('catalogue.noCategories')}</p>}
          <ul className={styles.rows}>
            {inOrder(categories).map(({ category, name }) => (
              <Row
                key={category.id}
                shopId={shopId}
                category={category}
                before={name.slice(0, name.length - category.title.length)}
                level={categories.filter(
                  ({ parent_id }) => (parent_id ?? null) === (category.parent_id ?? null),
                )}
              />
            ))}
          </ul>
          <NewCategory shopId={shopId} categories={categories} />
        </div>
      )}
    </Loaded>
  );
}

type RowProps = {
  shopId: number;
  category: Category;
  /** The names of what it stands in: "Tea / ". */
  before: string;
  /** All of its level, in their order. */
  level: readonly Category[];
};

function Row({ shopId, category, before, level }: RowProps) {
  const { t } = useTranslation();
  const { readAnew } = useProductNews(shopId);
  const [isAsked, setAsked] = useState(false);
  const { id, title, version, is_hidden = false, parent_id = null, products = 0 } = category;
  const path = { shop_id: shopId, number: id };
  const change = async (part: { title?: string; is_hidden?: boolean }) => {
    try {
      await send('put', ONE_CATEGORY, {
        params: { path, header: { 'if-match': `"${version}"` } },
        body: { title, is_hidden, parent_id, ...part },
      });
    } finally {
      await readAnew();
    }
  };
  const index = level.findIndex((each) => each.id === id);
  const hide = useMutation({ mutationFn: () => change({ is_hidden: !is_hidden }) });
  const raise = useMutation({
    mutationFn: () => {
      const others = level.map((each) => each.id).filter((each) => each !== id);
      return send('put', '/api/v1/shops/{shop_id}/categories-order', {
        params: { path: { shop_id: shopId } },
        body: { parent_id, categories: others.toSpliced(index - 1, 0, id) },
      });
    },
    onSuccess: readAnew,
  });
  const remove = useMutation({
    mutationFn: () => send('delete', ONE_CATEGORY, { params: { path } }),
    onSuccess: () => readAnew().then(() => setAsked(false)),
  });
  return (
    <li>
      <span>
        <span className={text.note}>{before}</span>
        <InlineEdit
          label={t('catalogue.nameOf', { title })}
          value={title}
          shown={title}
          inputMode="text"
          misfitOf={(typed) => (typed.trim() ? undefined : t('catalogue.misfit.title'))}
          onSave={(typed) => change({ title: typed.trim() })}
        />
        <span className={text.note}>{t('catalogue.productsIn', { count: products })}</span>
      </span>
      <span className={layout.tools}>
        <Button
          size="md"
          variant="subtle"
          loading={hide.isPending}
          aria-label={t(is_hidden ? 'catalogue.showThis' : 'catalogue.hideThis', { title })}
          onClick={() => hide.mutate()}
        >
          {t(is_hidden ? 'catalogue.show' : 'catalogue.hide')}
        </Button>
        <ActionIcon
          size={44}
          variant="subtle"
          color="gray"
          disabled={index === 0 || raise.isPending}
          aria-label={t('catalogue.raise', { title })}
          onClick={() => raise.mutate()}
        >
          <IconArrowUp size={18} aria-hidden="true" />
        </ActionIcon>
        <ActionIcon
          size={44}
          variant="subtle"
          color="red"
          aria-label={t('catalogue.dropThis', { title })}
          onClick={() => setAsked(true)}
        >
          <IconTrash size={18} aria-hidden="true" />
        </ActionIcon>
      </span>
      <Refused error={hide.error ?? raise.error} />
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('catalogue.dropCategory', { title })}
        action={t('catalogue.drop')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {t('catalogue.dropCategoryWhat')}
      </Confirm>
    </li>
  );
}

function NewCategory({ shopId, categories }: { shopId: number; categories: Category[] }) {
  const { t } = useTranslation();
  const { readAnew } = useProductNews(shopId);
  const [title, setTitle] = useState('');
  const [parent, setParent] = useState('');
  const add = useMutation({
    mutationFn: () =>
      send('post', CATEGORIES, {
        params: { path: { shop_id: shopId } },
        body: { title: title.trim(), parent_id: Number(parent) || null },
      }),
    onSuccess: () => {
      setTitle('');
      return readAnew();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim()) add.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <TextInput
        size="md"
        label={t('catalogue.newCategory')}
        maxLength={64}
        value={title}
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
      />
      {categories.length > 0 && (
        <NativeSelect
          size="md"
          label={t('catalogue.within')}
          value={parent}
          data={[
            { value: '', label: t('catalogue.topLevel') },
            ...inOrder(categories).map(({ category: { id }, name }) => ({
              value: String(id),
              label: name,
            })),
          ]}
          onChange={({ currentTarget }) => setParent(currentTarget.value)}
        />
      )}
      <Refused error={add.error} />
      <Button type="submit" size="md" loading={add.isPending} disabled={!title.trim()}>
        {t('catalogue.addCategory')}
      </Button>
    </form>
  );
}
