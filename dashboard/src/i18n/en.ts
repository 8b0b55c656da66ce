/** Everything in English that does not come with a screen. */
export const texts = Object.values(
  import.meta.glob<Record<string, unknown>>(
    ['../**/texts.en.json', '!../screens/**', '!../modules/**'],
    { eager: true, import: 'default' },
  ),
);
