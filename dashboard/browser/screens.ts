import type { Language } from '../src/api/model';
import type { Screen } from '../src/defineScreen';
import { ANSWERS } from '../src/testing/samples';
import type { DialogWay, ScreenSamples } from '../src/testing/screenSamples';
import type { Answers } from './fakeServer';

const screens = import.meta.glob<{ default: Screen }>(
  ['../src/screens/**/screen.ts', '../src/modules/**/screen.ts'],
  { eager: true },
);
const samples = import.meta.glob<{ default: ScreenSamples }>(
  ['../src/screens/**/samples.ts', '../src/modules/**/samples.ts'],
  { eager: true },
);

export type Visit = {
  /** The folder's name: `overview`. */
  name: string;
  /** Without anything chosen. */
  path: string;
  address: string;
  answers: Answers;
  /** Whether shops are chosen above it. */
  hasView: boolean;
  /** In its place where it is pictured. */
  pictures: Record<Language, Answers>;
  typed: Record<string, string>;
  dialogs: Record<string, DialogWay>;
  panels: Record<string, string>;
};

/** Every screen with what it is to show. */
export const VISITS: readonly Visit[] = Object.entries(screens).map(([file, module]) => {
  const folder = file.slice(0, file.lastIndexOf('/'));
  const given = samples[`${folder}/samples.ts`]?.default ?? {};
  return {
    name: folder.replace(/^\.\.\/src\/(screens|modules)\//, '').replaceAll('/', '-'),
    path: module.default.path,
    address: given.address ?? module.default.path,
    answers: { ...ANSWERS, ...given.answers },
    hasView: Boolean(module.default.view?.shops) && !module.default.isOutside,
    pictures: {
      ru: { ...ANSWERS, ...given.answers, ...given.pictures?.ru },
      en: { ...ANSWERS, ...given.answers, ...given.pictures?.en },
    },
    typed: given.typed ?? {},
    dialogs: given.dialogs ?? {},
    panels: given.panels ?? {},
  };
});
