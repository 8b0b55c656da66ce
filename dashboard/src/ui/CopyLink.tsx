import { ActionIcon } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './copyLink.module.css';
import text from './text.module.css';

/** A bot's public address with a button that copies it. */
export function CopyLink({ username }: { username: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const address = `t.me/${username}`;
  const copy = async () => {
    await navigator.clipboard.writeText(`https://${address}`);
    setCopied(true);
  };
  return (
    <span className={styles.copyLink}>
      <a className={text.link} href={`https://${address}`} target="_blank" rel="noreferrer">
        {address}
      </a>
      {/* The clipboard exists only on secure origins; elsewhere the address is there to select. */}
      {navigator.clipboard && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={44}
          aria-label={t(copied ? 'copy.done' : 'copy.do', { address })}
          onClick={() => void copy()}
        >
          {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
        </ActionIcon>
      )}
    </span>
  );
}
