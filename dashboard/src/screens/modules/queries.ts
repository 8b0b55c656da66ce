import { read, readVersioned } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type BotModule = Schemas['BotModuleView'];
export type BotModules = Schemas['BotModulesView'];
export type Settings = Schemas['SettingsView'];
export type Change = Schemas['ChangeView'];
export type Difference = Schemas['Difference'];

export const MODULES = '/api/v1/bots/{bot_id}/modules';
export const ORDER = '/api/v1/bots/{bot_id}/modules-order';
export const MODULE = `${MODULES}/{key}` as const;
export const SETTINGS = `${MODULE}/settings` as const;
export const RESTORE = `${MODULE}/history/{version}/restore` as const;
const HISTORY = `${MODULE}/history` as const;
const DIFFERENCE = `${MODULE}/history/{version}/difference` as const;

/** A module of a bot, as addresses name it. */
export type ModulePath = { bot_id: number; key: string };

export const modulesOf = (botId: number) => read(MODULES, { params: { path: { bot_id: botId } } });

/** Read anew each time it is opened: switching changes the version too. */
export const settingsQuery = (path: ModulePath) => ({
  ...readVersioned(SETTINGS, { params: { path } }),
  gcTime: 0,
});

export const historyQuery = (path: ModulePath) => read(HISTORY, { params: { path } });

/** What a version changed stays so for ever. */
export const differenceQuery = (path: ModulePath, version: number) => ({
  ...read(DIFFERENCE, { params: { path: { ...path, version } } }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Also what the modules' own screens show: much of it depends on what is on and set. */
export const isOfModules = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(MODULES) && queryKey[0] !== SETTINGS;
