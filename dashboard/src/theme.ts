import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 9, dark: 9 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: { Button: { defaultProps: { fw: 550 } } },
});

/**
 * Mantine's own dimmed grey, placeholder and light teal fail WCAG AA contrast; its dark surfaces
 * come in more greys than a page of cards can bear.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#565d64',
    '--mantine-color-placeholder': '#6a7178',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-teal-light-color': '#05543d',
    '--mantine-color-teal-filled-hover': '#066649',
  },
  dark: {
    '--mantine-color-body': '#1f2226',
    '--mantine-color-text': '#e1e4e8',
    '--mantine-color-default': '#2a2e33',
    '--mantine-color-default-hover': '#343940',
    '--mantine-color-default-border': '#42474e',
    '--mantine-color-dimmed': '#a9abb0',
    '--mantine-color-placeholder': '#949699',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-teal-filled-hover': '#066649',
  },
});
