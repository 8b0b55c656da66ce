import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** The kit's sizes are of a mouse; whatever can be pressed is as high as a finger needs. */
const TARGET = {
  button: { '--button-height': '44px', '--button-fz': '0.92rem', '--button-padding-x': '16px' },
  input: { '--input-height': '44px' },
  password: { '--psi-button-size': '44px' },
};

/** The kit cuts what a button says where it is too narrow. */
const WHOLE_WORDS = {
  root: { height: 'auto', minHeight: 'var(--button-height)' },
  inner: { minHeight: 'calc(var(--button-height) - 2px)' },
  label: { whiteSpace: 'normal', overflowWrap: 'normal', lineHeight: 1.25, height: 'auto' },
} as const;

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 9, dark: 9 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  defaultRadius: 'md',
  cursorType: 'pointer',
  // Whoever asked their system for less motion has dialogs and menus at once.
  respectReducedMotion: true,
  components: {
    Button: {
      defaultProps: { fw: 550, size: 'md' },
      vars: () => ({ root: TARGET.button }),
      styles: WHOLE_WORDS,
    },
    Input: { vars: () => ({ wrapper: TARGET.input }) },
    PasswordInput: { defaultProps: { size: 'md' }, vars: () => ({ root: TARGET.password }) },
    TextInput: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    NumberInput: { defaultProps: { size: 'md' } },
    NativeSelect: { defaultProps: { size: 'md' } },
    ActionIcon: { defaultProps: { size: 44 } },
  },
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
    '--mantine-color-red-light-color': '#ff9b9b',
    '--mantine-color-teal-filled-hover': '#066649',
  },
});
