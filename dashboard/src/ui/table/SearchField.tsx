import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './dataTable.module.css';

type Props = {
  /** What can be looked for: "Number, product or name". */
  label: string;
  value: string | undefined;
  onFind: (words: string | undefined) => void;
};

/** Words to look for; asked for when they are whole, not at every key. */
export function SearchField({ label, value, onFind }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState(value ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFind(words.trim() || undefined);
  };
  return (
    <form onSubmit={submit} className={styles.find}>
      <TextInput
        size="md"
        aria-label={label}
        placeholder={label}
        value={words}
        onChange={({ currentTarget }) => setWords(currentTarget.value)}
      />
      <Button type="submit" size="md" variant="default" aria-label={t('table.find')}>
        <IconSearch size={18} aria-hidden="true" />
      </Button>
    </form>
  );
}
