import { Alert, Button, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { BotMode, Module, Shop } from '../../api/model';
import { shopsQuery, templatesQuery } from '../../api/queries';
import { defaultModules, isToken, newBot } from '../../parts/bots/bot';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import styles from './connect.module.css';
import { draftKept, keepDraft, keepToken, tokenKept } from './kept';
import { ModulePicker } from './ModulePicker';
import { NewShopFields } from './NewShopFields';
import { ObserveLimits } from './ObserveLimits';
import { parseConnectSearch } from './search';
import { OWN_CHOICE, TemplatePicker } from './TemplatePicker';
import { TokenField } from './TokenField';
import { useNewShop } from './useNewShop';

const NEW = 'new';
/** Refusals that are about the token: they are said at its field. */
const TOKEN_CODES = ['token_malformed', 'bot_taken'];

const FIELDS = ['name', 'currency', 'timezone', 'language', 'token', 'contact'] as const;

type Props = {
  shops: Shop[];
  modules: Module[];
  shopId: number | undefined;
  mayCreate: boolean;
};
export type FieldErrors = Partial<Record<(typeof FIELDS)[number], string>>;

export function ConnectForm({ shops, modules, shopId, mayCreate }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [{ refused }, setPlace] = useScreenSearch(parseConnectSearch);
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);

  const known = shops.find(({ id }) => id === shopId) ?? shops[0];
  const [kept] = useState(draftKept);
  const [shop, setShop] = useState(() => {
    const before = kept?.shop === NEW || shops.some(({ id }) => String(id) === kept?.shop);
    return kept && before && shopId === undefined ? kept.shop : known ? String(known.id) : NEW;
  });
  const { draft, change, suggest } = useNewShop(kept?.newShop);
  const [token, setToken] = useState(tokenKept);
  const [contact, setContact] = useState(kept?.contact ?? '');
  const [mode, setMode] = useState<BotMode>(kept?.mode ?? 'hosted');
  const [picked, setPicked] = useState(() => kept?.picked ?? defaultModules(modules));
  const { data: templates = [] } = useQuery(templatesQuery);
  const [template, setTemplate] = useState(kept?.template ?? OWN_CHOICE);
  useEffect(() => {
    keepToken(token);
    keepDraft({ shop, newShop: draft, contact, mode, picked, template });
  }, [token, shop, draft, contact, mode, picked, template]);
  const [errors, setErrors] = useState<FieldErrors>({});

  // The first field to mend gets the focus, each time that fields are refused.
  const [refusals, setRefusals] = useState(0);
  useEffect(() => {
    if (refusals) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);
  const refuse = (next: FieldErrors) => {
    setErrors(next);
    setRefusals((count) => count + 1);
  };

  const connect = useMutation({
    mutationFn: async () => {
      let id = Number(shop);
      if (shop === NEW) {
        id = (await send('post', '/api/v1/shops', { body: { ...draft, name: draft.name.trim() } }))
          .id;
        // Should the token be refused now, the shop is there already and must not be made twice.
        await client.invalidateQueries({ queryKey: shopsQuery.queryKey });
        setShop(String(id));
        setPlace({ shop: id, bot: undefined });
      }
      const body = newBot(id, token.trim(), mode, picked, template, contact.trim());
      return send('post', '/api/v1/bots', { body });
    },
    onSuccess: async (bot) => {
      keepToken('');
      await client.invalidateQueries({ queryKey: shopsQuery.queryKey });
      setPlace({ shop: bot.shop_id, bot: bot.id, refused: undefined });
    },
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      if (TOKEN_CODES.includes(error.code)) refuse({ token: problemText(error) });
      if (error.code === 'contact_missing') refuse({ contact: problemText(error) });
      const named = FIELDS.filter((field) => error.fields.includes(field));
      if (named.length)
        refuse(Object.fromEntries(named.map((field) => [field, t('connect.valueRefused')])));
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: FieldErrors = {};
    if (shop === NEW && !draft.name.trim()) found.name = t('connect.nameMissing');
    if (!isToken(token.trim())) found.token = t('problem.token_malformed');
    refuse(found);
    if (!found.name && !found.token) connect.mutate();
  };

  const atFields = Object.values(errors).some(Boolean);
  const elsewhere = connect.error && !atFields ? problemText(connect.error) : null;
  return (
    <form ref={form} noValidate onSubmit={submit} className={styles.connect}>
      {refused && (
        <Alert role="alert" color="red" className={text.notice} title={t('connect.refused')}>
          {t('connect.refusedWhat')}
        </Alert>
      )}
      <fieldset>
        <legend className={text.h2}>1. {t('connect.bot')}</legend>
        <p className={text.note}>
          {t('connect.tokenHow')}{' '}
          <a className={text.inline} href="https://t.me/BotFather" target="_blank" rel="noreferrer">
            @BotFather
          </a>
        </p>
        <TokenField
          token={token}
          shopId={shop === NEW ? undefined : Number(shop)}
          isSending={connect.isPending}
          error={errors.token}
          onChange={(value) => {
            setToken(value);
            setErrors(({ token: _, ...others }) => others);
          }}
          onSeen={({ title }) => suggest(title)}
        />
      </fieldset>

      <fieldset>
        <legend className={text.h2}>2. {t('connect.shop')}</legend>
        <Radio.Group value={shop} onChange={setShop} aria-label={t('connect.shop')}>
          <Stack gap="sm">
            {shops.map(({ id, name }) => (
              <Radio key={id} value={String(id)} label={name} />
            ))}
            {mayCreate && <Radio value={NEW} label={t('connect.newShop')} />}
          </Stack>
        </Radio.Group>
        {shop === NEW && <NewShopFields value={draft} onChange={change} errors={errors} />}
      </fieldset>

      <fieldset>
        <legend className={text.h2}>3. {t('connect.mode')}</legend>
        <Radio.Group
          value={mode}
          onChange={(value) => setMode(value as BotMode)}
          aria-label={t('connect.mode')}
        >
          <Stack gap="sm">
            {(['hosted', 'observed'] as const).map((value) => (
              <Radio
                key={value}
                value={value}
                label={t(`mode.${value}`)}
                description={t(`connect.${value}_what`)}
              />
            ))}
          </Stack>
        </Radio.Group>
      </fieldset>

      {mode === 'hosted' && (
        <fieldset>
          <legend className={text.h2}>4. {t('connect.modules')}</legend>
          <TemplatePicker
            templates={templates.filter((each) => each.mode === 'hosted')}
            picked={template}
            onChange={setTemplate}
          />
          {template === OWN_CHOICE && (
            <ModulePicker modules={modules} picked={picked} onChange={setPicked} />
          )}
          <TextInput
            label={t('connect.contact')}
            description={t('connect.contactWhat')}
            placeholder="@name"
            maxLength={200}
            value={contact}
            error={errors.contact}
            aria-invalid={errors.contact !== undefined}
            onChange={({ currentTarget }) => {
              setContact(currentTarget.value);
              setErrors(({ contact: _, ...others }) => others);
            }}
          />
        </fieldset>
      )}

      {mode === 'observed' && <ObserveLimits />}

      {elsewhere && (
        <Alert role="alert" color="red" className={text.notice}>
          {elsewhere}
        </Alert>
      )}
      <Button type="submit" size="md" loading={connect.isPending}>
        {t('connect.submit')}
      </Button>
    </form>
  );
}
