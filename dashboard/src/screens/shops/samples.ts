import type { ScreenSamples } from '../../testing/screenSamples';

export default { dialogs: { disconnect: ['Disconnect'] } } satisfies ScreenSamples;
