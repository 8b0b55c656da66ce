/** Stands for the icons where screens are only listed, not drawn (`vitest.browser.config.ts`). */
export {};
