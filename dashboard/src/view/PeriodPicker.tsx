import { Button, NativeSelect, Popover, Radio, TextInput } from '@mantine/core';
import { IconCalendar, IconChevronDown } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceTimeZone, formatDays } from '../format/time';
import { useLanguage } from '../i18n';
import { usePeriodKeys } from './usePeriodKeys';
import { useView } from './useView';
import {
  COMPARISONS,
  type Comparison,
  daysBetween,
  daysOf,
  isDay,
  MOST_DAYS,
  PRESETS,
  type Preset,
} from './view';
import styles from './view.module.css';

/** Which days are looked at, and with which they are compared. */
export function PeriodPicker({ canCompare }: { canCompare: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { view, change } = useView();
  const [isOpen, setOpen] = useState(false);
  usePeriodKeys(canCompare);
  const label =
    view.period === 'custom' && view.range
      ? formatDays(view.range, language)
      : t(`period.${view.period}`);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      trapFocus
      returnFocus
      shadow="md"
      width="min(340px, 94vw)"
    >
      <Popover.Target>
        <Button
          variant="default"
          size="md"
          className={styles.button}
          leftSection={<IconCalendar size={18} aria-hidden="true" />}
          rightSection={<IconChevronDown size={16} aria-hidden="true" />}
          aria-label={t('period.chosen', { period: label })}
          onClick={() => setOpen(!isOpen)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.dropdown}>
        <Radio.Group
          aria-label={t('period.label')}
          value={view.period}
          onChange={(period) => change({ period: period as Preset, range: undefined })}
        >
          <div className={styles.presets}>
            {PRESETS.map((preset) => (
              <Radio key={preset} value={preset} label={t(`period.${preset}`)} />
            ))}
          </div>
        </Radio.Group>
        <OwnDays onDone={() => setOpen(false)} />
        {canCompare && (
          <NativeSelect
            size="md"
            label={t('compare.label')}
            value={view.compare}
            onChange={({ currentTarget }) => change({ compare: currentTarget.value as Comparison })}
            data={COMPARISONS.map((value) => ({ value, label: t(`compare.${value}`) }))}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function OwnDays({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { view, change } = useView();
  const [range, setRange] = useState(() => daysOf(view, deviceTimeZone(), new Date()));
  const [refusal, setRefusal] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problem =
      !isDay(range.from) || !isDay(range.to)
        ? t('period.noDay')
        : range.from > range.to
          ? t('period.wrongOrder')
          : daysBetween(range) > MOST_DAYS
            ? t('period.tooLong', { count: MOST_DAYS })
            : '';
    setRefusal(problem);
    if (problem) return;
    change({ period: 'custom', range });
    onDone();
  };
  return (
    <form noValidate onSubmit={submit} className={styles.own}>
      {(['from', 'to'] as const).map((end) => (
        <TextInput
          key={end}
          type="date"
          size="md"
          label={t(`period.${end}`)}
          value={range[end]}
          aria-invalid={refusal !== ''}
          onChange={({ currentTarget }) => setRange({ ...range, [end]: currentTarget.value })}
        />
      ))}
      {refusal && (
        <p className={styles.refusal} role="alert">
          {refusal}
        </p>
      )}
      <Button type="submit" size="md" variant="default" className={styles.show}>
        {t('period.show')}
      </Button>
    </form>
  );
}
