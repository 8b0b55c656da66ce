import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Bot, Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import type { Change, Told } from './BroadcastForm';
import { audienceOf, type Bought, SEGMENTS, type Typed } from './draft';
import { type Audience, groupsQuery, previewQuery } from './queries';

const BOUGHT: readonly Bought[] = ['any', 'yes', 'no'];
const PAUSE = 400;

type Props = {
  bot: Bot;
  shop: Shop;
  typed: Typed;
  before: Audience | undefined;
  told: Told;
  change: Change;
};

/** Whom it is for, and how many that is now. */
export function AudienceFields({ bot, shop, typed, before, told, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data: known } = useQuery(groupsQuery(bot.id));
  const flip = (key: 'segments' | 'groups', value: string, isOn: boolean) =>
    change({
      [key]: isOn ? [...typed[key], value] : typed[key].filter((each) => each !== value),
    });
  const gone = typed.groups.filter((key) => !known?.groups.some((each) => each.key === key));
  return (
    <>
      <NativeSelect
        size="md"
        label={t('broadcasts.bought')}
        value={typed.bought}
        data={BOUGHT.map((value) => ({ value, label: t(`broadcasts.boughtIs.${value}`) }))}
        onChange={({ currentTarget }) => change({ bought: currentTarget.value as Bought })}
      />
      <fieldset className={record.form}>
        <legend>{t('broadcasts.segments')}</legend>
        {SEGMENTS.map((each) => (
          <Checkbox
            key={each}
            size="md"
            label={`${t(`broadcasts.segment.${each}`)} (${known?.segments[each] ?? 0})`}
            checked={typed.segments.includes(each)}
            onChange={({ currentTarget }) => flip('segments', each, currentTarget.checked)}
          />
        ))}
        {known?.groups.map(({ key, title_ru, title_en, people }) => (
          <Checkbox
            key={key}
            size="md"
            label={`${language === 'ru' ? title_ru : title_en} (${people})`}
            checked={typed.groups.includes(key)}
            onChange={({ currentTarget }) => flip('groups', key, currentTarget.checked)}
          />
        ))}
        {known &&
          gone.map((key) => (
            <Checkbox
              key={key}
              size="md"
              label={t('broadcasts.goneGroup', { key })}
              checked
              onChange={() => flip('groups', key, false)}
            />
          ))}
      </fieldset>
      {(['languages', 'sources', 'seenDays', 'unseenDays'] as const).map((key) => (
        <TextInput
          key={key}
          size="md"
          label={t(`broadcasts.${key}`)}
          placeholder={t('broadcasts.anyOf')}
          value={typed[key]}
          error={told(key)}
          onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
        />
      ))}
      <Reach bot={bot} shop={shop} audience={audienceOf(typed, before)} />
    </>
  );
}

/** To how many it would go if it began now, and when the last one has it. */
function Reach({ bot, shop, audience }: { bot: Bot; shop: Shop; audience: Audience }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(audience, PAUSE);
  const { data, error } = useQuery({
    ...previewQuery(bot.id, settled),
    placeholderData: keepPreviousData,
  });
  const moment = dateFormat(useLanguage(), {
    timeZone: shop.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  if (error) return <Refused error={error} />;
  return (
    <p role="status">
      {data
        ? t('broadcasts.reach', {
            people: data.people,
            until: moment.format(new Date(data.ends_at)),
          })
        : t('broadcasts.counting')}
    </p>
  );
}
