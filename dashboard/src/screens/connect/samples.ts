import type { ScreenSamples } from '../../testing/screenSamples';

export default {
  typed: { 'input[type=password]': `7000000009:${'A'.repeat(35)}` },
} satisfies ScreenSamples;
