/** Everything in Russian that does not come with a screen. */
export const texts = Object.values(
  import.meta.glob<Record<string, unknown>>(
    ['../**/texts.ru.json', '!../screens/**', '!../modules/**'],
    { eager: true, import: 'default' },
  ),
);
