import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { Goods } from './Goods';
import { Photos } from './Photos';
import { ProductForm } from './ProductForm';
import { type Product, productQuery } from './queries';
import type { CatalogueSearch } from './search';
import { Stock } from './useColumns';
import { Variants } from './Variants';
import { stockOf, useCatalogueWords } from './words';

type Props = {
  shop: Shop;
  product: CatalogueSearch['product'];
  steps: CatalogueSearch['steps'];
  isOwner: boolean;
  onMade: (product: number) => void;
  onClose: () => void;
};

/** One product beside the list: all that is said of it, its pictures, variants and digital goods. */
export function ProductPanel({ shop, product, steps, isOwner, onMade, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={product !== undefined}
      onClose={onClose}
      title={t(product === 'new' ? 'catalogue.new' : 'catalogue.one')}
    >
      {product === 'new' && isOwner && (
        <ProductForm shop={shop} onDone={({ id }: Product) => onMade(id)} />
      )}
      {typeof product === 'number' && (
        <Known key={product} shop={shop} number={product} steps={steps} isOwner={isOwner} />
      )}
    </SidePanel>
  );
}

type KnownProps = Pick<Props, 'shop' | 'steps' | 'isOwner'> & { number: number };

function Known({ shop, number, steps, isOwner }: KnownProps) {
  const { t } = useTranslation();
  const query = useQuery(productQuery(shop.id, number));
  return (
    <Loaded query={query} height={480}>
      {(product) => (
        <div className={record.story}>
          <Head product={product} timeZone={shop.timezone} isOwner={isOwner} />
          {steps !== undefined && (
            <LinkButton to="/shops/connect" search={{ shop: shop.id, bot: steps }}>
              {t('catalogue.toSteps')}
            </LinkButton>
          )}
          {isOwner && (
            <>
              {product.kind === 'digital' && <Goods shop={shop} product={product} />}
              <Photos product={product} />
              <ProductForm key={product.id} shop={shop} product={product} />
              <Variants product={product} />
            </>
          )}
        </div>
      )}
    </Loaded>
  );
}

type HeadProps = { product: Product; timeZone: string; isOwner: boolean };

function Head({ product, timeZone, isOwner }: HeadProps) {
  const { t } = useTranslation();
  const words = useCatalogueWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const at = (iso: string | null | undefined) => (iso ? moment.format(new Date(iso)) : null);
  const hasVariants = Boolean(product.variants?.length);
  return (
    <div className={record.form}>
      <div className={record.head}>
        <h2 className={text.h2}>{product.title}</h2>
        <Pill tone={words.toneOf(product)}>{words.standingOf(product)}</Pill>
      </div>
      <Facts
        facts={[
          [t('catalogue.column.price'), words.priceOf(product)],
          [
            t('catalogue.column.stock'),
            isOwner && !hasVariants ? null : words.countOf(stockOf(product)),
          ],
          [t('catalogue.reserved'), product.reserved ? words.countOf(product.reserved) : null],
          [t('catalogue.from'), at(product.on_sale_from)],
          [t('catalogue.until'), at(product.on_sale_until)],
        ]}
      />
      {isOwner && !hasVariants && (
        <div className={record.head}>
          <span className={text.note}>{t('catalogue.column.stock')}</span>
          <Stock product={product} mayChange />
        </div>
      )}
    </div>
  );
}
