import { Button, FileButton, InputWrapper } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ServerPicture } from '../file/ServerPicture';
import layout from '../layout.module.css';
import { useProblemText } from '../problem';
import type { InputProps } from './FieldInput';
import styles from './form.module.css';

/** The shop that uploaded files belong to. */
export const FormShop = createContext<number | null>(null);

/** A picture is uploaded at once, and kept for a day until the form that names it is saved. */
export function usePicture(shop: number | null, onDone: (sha256: string) => void) {
  return useMutation({
    mutationFn: (file: File) =>
      send('post', '/api/v1/shops/{shop_id}/files', {
        params: { path: { shop_id: shop ?? 0 }, query: { kind: 'picture', name: file.name } },
        body: file as never,
        bodySerializer: (body: unknown) => body,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    onSuccess: ({ sha256 }) => onDone(sha256),
  });
}

type Props = InputProps & { common: object };

export function PictureInput({ value, common, isReadOnly, onChange }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const shop = use(FormShop);
  const upload = usePicture(shop, onChange);
  const sha256 = typeof value === 'string' ? value : '';
  return (
    <InputWrapper {...common} {...(upload.error ? { error: problemText(upload.error) } : {})}>
      <div className={styles.picture}>
        {sha256 && (
          <ServerPicture src={`/api/v1/shops/${shop}/files/${sha256}`} alt={t('form.picture')} />
        )}
        {!isReadOnly && (
          <div className={layout.tools}>
            <FileButton accept="image/*" onChange={(file) => file && upload.mutate(file)}>
              {(press) => (
                <Button {...press} size="md" variant="default" loading={upload.isPending}>
                  {t(sha256 ? 'form.otherPicture' : 'form.choosePicture')}
                </Button>
              )}
            </FileButton>
            {sha256 && (
              <Button size="md" variant="subtle" color="red" onClick={() => onChange('')}>
                {t('form.drop')}
              </Button>
            )}
          </div>
        )}
      </div>
    </InputWrapper>
  );
}
