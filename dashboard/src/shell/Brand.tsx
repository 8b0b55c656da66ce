import styles from './brand.module.css';
export function Brand() {
  return (
    <span className={styles.brand}>
      <img src="/favicon.svg" alt="" width={28} height={28} />
      Vitrina
    </span>
  );
}
