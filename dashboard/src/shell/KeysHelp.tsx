import { useEffect, useState } from 'react';
import { loadedLater } from '../ui/loadedLater';
import { LateDialog } from './LateDialog';

const KeysDialog = loadedLater(() => import('./KeysDialog').then(({ KeysDialog }) => KeysDialog));

const FIELDS = 'input, textarea, select, [contenteditable], [role="dialog"]';
/** Every key of the panel, listed by a question mark. */
export function KeysHelp() {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || (event.target as HTMLElement).closest?.(FIELDS)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <LateDialog
      isOpen={isOpen}
      onClose={close}
      dialog={<KeysDialog isOpen={isOpen} onClose={close} />}
    />
  );
}
