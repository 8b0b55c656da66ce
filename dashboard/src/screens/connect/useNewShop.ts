import { useState } from 'react';
import type { NewShop } from '../../api/model';
import { deviceTimeZone } from '../../format/time';
import { useLanguage } from '../../i18n';

/** The shop that is yet to be made. One of a single bot is mostly called like it: until somebody has
 * written a name, the bot's stands there. */
export function useNewShop(kept: NewShop | undefined) {
  const language = useLanguage();
  const [draft, setDraft] = useState<NewShop>(
    kept ?? { name: '', currency: 'XTR', timezone: deviceTimeZone(), language },
  );
  const [isNamed, setNamed] = useState(draft.name !== '');
  const change = (next: NewShop) => {
    if (next.name !== draft.name) setNamed(true);
    setDraft(next);
  };
  const suggest = (name: string) => {
    if (!isNamed) setDraft((before) => ({ ...before, name }));
  };
  return { draft, change, suggest };
}
