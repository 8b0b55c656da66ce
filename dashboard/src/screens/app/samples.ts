import type { ScreenSamples } from '../../testing/screenSamples';

export default {} satisfies ScreenSamples;
