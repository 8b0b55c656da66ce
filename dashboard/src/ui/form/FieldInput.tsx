import {
  Button,
  Checkbox,
  NativeSelect,
  NumberInput,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../api/model';
import { useLanguage } from '../../i18n';
import text from '../text.module.css';
import { type Field, initialOf, isLong } from './fields';
import styles from './form.module.css';
import { PictureInput } from './PictureInput';
import { SecretInput } from './SecretInput';

export type InputProps<F extends Field = Field> = {
  field: F;
  /** Where it stands in the whole: `shipping.0.title`. */
  path: string;
  value: unknown;
  errors: Record<string, string>;
  isReadOnly: boolean;
  onChange: (value: unknown) => void;
};
type Of<K extends Field['kind']> = InputProps<Extract<Field, { kind: K }>>;

/** Props that every input of the kit takes. */
function useCommon({ field, path, errors, isReadOnly }: InputProps) {
  const language = useLanguage();
  return {
    label: field.title[language],
    description: field.description?.[language],
    error: errors[path],
    'aria-invalid': errors[path] !== undefined,
    disabled: isReadOnly,
    size: 'md',
  } as const;
}

/** One field of a form, by its kind. */
export function FieldInput(props: InputProps) {
  const { field } = props;
  const common = useCommon(props);
  switch (field.kind) {
    case 'text':
      return <TextField {...props} field={field} />;
    case 'bilingual':
      return <BilingualField {...props} field={field} />;
    case 'secret':
      return <SecretInput {...props} common={common} />;
    case 'picture':
      return <PictureInput {...props} common={common} />;
    case 'number':
      return <NumberField {...props} field={field} />;
    case 'switch':
      return <SwitchField {...props} field={field} />;
    case 'choice':
      return <ChoiceField {...props} field={field} />;
    case 'choices':
      return <ChoicesField {...props} field={field} />;
    case 'words':
      return <WordsField {...props} field={field} />;
    case 'list':
      return <ListField {...props} field={field} />;
    case 'group':
      return <GroupField {...props} field={field} />;
    case 'unknown':
      return <UnknownField {...props} />;
  }
}

function TextField(props: Of<'text'>) {
  const common = useCommon(props);
  const { field, value, onChange } = props;
  const shared = {
    ...common,
    value: String(value ?? ''),
    maxLength: field.most,
    required: field.isRequired,
  };
  if (field.most !== undefined && isLong(field.most))
    return (
      <Textarea
        {...shared}
        autosize
        minRows={2}
        maxRows={10}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  return <TextInput {...shared} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
}

function BilingualField(props: Of<'bilingual'>) {
  const { t } = useTranslation();
  const { label, description, ...common } = useCommon(props);
  const { field, path, value, errors, onChange } = props;
  const both = { ru: '', en: '', ...(value as Record<Language, string> | null) };
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      {description && <p className={text.note}>{description}</p>}
      {(['ru', 'en'] as const).map((language) => (
        <Textarea
          key={language}
          {...common}
          lang={language}
          label={t(`language.${language}`)}
          autosize
          minRows={isLong(field.most) ? 2 : 1}
          maxRows={10}
          maxLength={field.most}
          value={both[language]}
          error={errors[`${path}.${language}`] ?? common.error}
          aria-invalid={`${path}.${language}` in errors || path in errors}
          onChange={({ currentTarget }) => onChange({ ...both, [language]: currentTarget.value })}
        />
      ))}
    </fieldset>
  );
}

function NumberField(props: Of<'number'>) {
  const common = useCommon(props);
  const { field, value, onChange } = props;
  return (
    <NumberInput
      {...common}
      value={typeof value === 'number' ? value : ''}
      min={field.least}
      max={field.most}
      allowDecimal={!field.isWhole}
      clampBehavior="none"
      hideControls
      required={!field.isOptional}
      // An empty field is none where there may be none, else it is told when it is saved.
      onChange={(next) => onChange(typeof next === 'number' ? next : null)}
    />
  );
}

function SwitchField(props: Of<'switch'>) {
  const { 'aria-invalid': _, ...common } = useCommon(props);
  return (
    <Switch
      {...common}
      checked={props.value === true}
      onChange={({ currentTarget }) => props.onChange(currentTarget.checked)}
    />
  );
}

/** A choice in words where they are known, else as it is written. */
function useChoiceName() {
  const { t } = useTranslation();
  return (choice: string) => t(`form.choice.${choice}`, { defaultValue: choice });
}

function ChoiceField(props: Of<'choice'>) {
  const common = useCommon(props);
  const nameOf = useChoiceName();
  return (
    <NativeSelect
      {...common}
      value={String(props.value ?? '')}
      data={props.field.choices.map((value) => ({ value, label: nameOf(value) }))}
      onChange={({ currentTarget }) => props.onChange(currentTarget.value)}
    />
  );
}

function ChoicesField(props: Of<'choices'>) {
  const { label, description, error, disabled } = useCommon(props);
  const nameOf = useChoiceName();
  const chosen = (props.value as string[] | null) ?? [];
  return (
    <Checkbox.Group
      label={label}
      description={description}
      error={error}
      value={chosen}
      onChange={props.onChange}
    >
      <div className={styles.choices}>
        {props.field.choices.map((choice) => (
          <Checkbox key={choice} value={choice} label={nameOf(choice)} disabled={disabled} />
        ))}
      </div>
    </Checkbox.Group>
  );
}

/** Several words or numbers, with commas between them. */
function WordsField(props: Of<'words'>) {
  const { t } = useTranslation();
  const { description, error, ...common } = useCommon(props);
  const { field, path, value, errors, onChange } = props;
  const parts = Array.isArray(value) ? value : [];
  const inner = Object.entries(errors).find(([key]) => key.startsWith(`${path}.`))?.[1];
  const read = (written: string) =>
    written
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)
      .map((part) => (field.isNumber && !Number.isNaN(Number(part)) ? Number(part) : part));
  return (
    <TextInput
      {...common}
      key={JSON.stringify(props.isReadOnly)}
      description={`${description ?? ''} ${t('form.commas')}`.trim()}
      error={error ?? inner}
      aria-invalid={Boolean(error ?? inner)}
      defaultValue={parts.join(', ')}
      onBlur={({ currentTarget }) => {
        currentTarget.value = read(currentTarget.value).join(', ');
      }}
      onChange={({ currentTarget }) => onChange(read(currentTarget.value))}
    />
  );
}

function ListField(props: Of<'list'>) {
  const { t } = useTranslation();
  const { label, description, error } = useCommon(props);
  const { field, path, value, errors, isReadOnly, onChange } = props;
  const items = (value as Record<string, unknown>[] | null) ?? [];
  const set = (index: number, key: string, next: unknown) =>
    onChange(items.map((item, at) => (at === index ? { ...item, [key]: next } : item)));
  const isFull = field.most !== undefined && items.length >= field.most;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      {description && <p className={text.note}>{description}</p>}
      {error && <p className={text.error}>{error}</p>}
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no name of their own
        <div key={index} className={styles.item}>
          {field.item.map((part) => (
            <FieldInput
              key={part.key}
              field={part}
              path={`${path}.${index}.${part.key}`}
              value={item[part.key]}
              errors={errors}
              isReadOnly={isReadOnly}
              onChange={(next) => set(index, part.key, next)}
            />
          ))}
          {!isReadOnly && (
            <Button
              size="md"
              variant="subtle"
              color="red"
              aria-label={t('form.dropNumber', { number: index + 1, label })}
              onClick={() => onChange(items.filter((_, at) => at !== index))}
            >
              {t('form.drop')}
            </Button>
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button
          size="md"
          variant="default"
          disabled={isFull}
          aria-label={t('form.addTo', { label })}
          onClick={() => onChange([...items, initialOf(field.item)])}
        >
          {isFull ? t('form.full', { count: field.most }) : t('form.add')}
        </Button>
      )}
    </fieldset>
  );
}

function GroupField(props: Of<'group'>) {
  const { label, description } = useCommon(props);
  const { field, path, value, errors, isReadOnly, onChange } = props;
  const parts = (value as Record<string, unknown> | null) ?? {};
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      {description && <p className={text.note}>{description}</p>}
      {field.fields.map((part) => (
        <FieldInput
          key={part.key}
          field={part}
          path={`${path}.${part.key}`}
          value={parts[part.key]}
          errors={errors}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange({ ...parts, [part.key]: next })}
        />
      ))}
    </fieldset>
  );
}

function UnknownField(props: InputProps) {
  const common = useCommon(props);
  return <Textarea {...common} readOnly value={JSON.stringify(props.value ?? null)} />;
}
