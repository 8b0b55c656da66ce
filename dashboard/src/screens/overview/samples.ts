import type { ScreenSamples } from '../../testing/screenSamples';

export default { dialogs: { palette: ['Find a screen or a shop'] } } satisfies ScreenSamples;
