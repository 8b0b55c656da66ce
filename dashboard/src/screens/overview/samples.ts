import type { ScreenSamples } from '../../testing/screenSamples';

export default {
  dialogs: { palette: ['Find a screen, a shop, an order or a customer'] },
} satisfies ScreenSamples;
