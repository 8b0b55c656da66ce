import type { ScreenSamples } from '../../testing/screenSamples';

export default { address: '/enter#vtr_sample' } satisfies ScreenSamples;
