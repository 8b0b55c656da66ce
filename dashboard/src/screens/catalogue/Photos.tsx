import { Button, FileButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ServerPicture } from '../../ui/file/ServerPicture';
import { usePicture } from '../../ui/form/PictureInput';
import layout from '../../ui/layout.module.css';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './catalogue.module.css';
import { ONE, type Product, useProductNews } from './queries';

/** As many as the API takes. */
const MOST = 10;

/** The product's pictures, whole as they are; the first is the one in the list. */
export function Photos({ product }: { product: Product }) {
  const { t } = useTranslation();
  const news = useProductNews(product.shop_id);
  const photos = product.photos ?? [];
  const put = useMutation({
    mutationFn: (wanted: string[]) =>
      send('put', `${ONE}/photos`, {
        params: {
          path: { shop_id: product.shop_id, number: product.id },
          header: { 'if-match': `"${product.version}"` },
        },
        body: { photos: wanted },
      }),
    onSuccess: news.show,
    onError: news.readAnew,
  });
  const upload = usePicture(product.shop_id, (sha256) =>
    put.mutate([...photos.filter((each) => each !== sha256), sha256]),
  );
  const isBusy = put.isPending || upload.isPending;
  return (
    <section className={record.form} aria-label={t('catalogue.photos')}>
      <h3 className={text.h2}>{t('catalogue.photos')}</h3>
      {photos.length > 0 && (
        <ol className={styles.photos}>
          {photos.map((sha256, index) => (
            <li key={sha256} className={styles.photo}>
              <ServerPicture
                src={`/api/v1/shops/${product.shop_id}/files/${sha256}`}
                alt={t('catalogue.photoOf', { title: product.title, number: index + 1 })}
              />
              <div className={layout.tools}>
                {index > 0 && (
                  <Button
                    size="md"
                    variant="subtle"
                    disabled={isBusy}
                    onClick={() =>
                      put.mutate([sha256, ...photos.filter((each) => each !== sha256)])
                    }
                  >
                    {t('catalogue.photoFirst')}
                  </Button>
                )}
                <Button
                  size="md"
                  variant="subtle"
                  color="red"
                  disabled={isBusy}
                  onClick={() => put.mutate(photos.filter((each) => each !== sha256))}
                >
                  {t('catalogue.drop')}
                </Button>
              </div>
            </li>
          ))}
        </ol>
      )}
      <Refused error={upload.error ?? put.error} />
      {photos.length < MOST && (
        <FileButton accept="image/*" onChange={(file) => file && upload.mutate(file)}>
          {(press) => (
            <Button {...press} size="md" variant="default" loading={isBusy}>
              {t('catalogue.addPhoto')}
            </Button>
          )}
        </FileButton>
      )}
    </section>
  );
}
