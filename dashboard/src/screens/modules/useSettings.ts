import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { send, type Versioned } from '../../api/client';
import type { Value } from '../../ui/form/SchemaForm';
import {
  isOfModules,
  type ModulePath,
  RESTORE,
  SETTINGS,
  type Settings,
  settingsQuery,
} from './queries';

/** The settings that are being changed; each change names the version that was seen last. */
export function useSettings(path: ModulePath, first: Versioned<Settings>) {
  const client = useQueryClient();
  const version = useRef(first.version);
  // A form of another round begins anew; within one it keeps what is being filled in.
  const [{ settings, round }, setShown] = useState({ settings: first.data, round: 0 });
  const show = (next: Settings, isAnew: boolean) => {
    version.current = `"${next.version}"`;
    setShown((before) => ({ settings: next, round: before.round + (isAnew ? 1 : 0) }));
    void client.invalidateQueries({ predicate: isOfModules });
  };
  const newest = () => client.fetchQuery({ ...settingsQuery(path), staleTime: 0 });
  const takeTheirs = async () => show((await newest()).data, true);
  const header = () => ({ 'if-match': version.current });
  const restore = useMutation({
    mutationFn: (wanted: number) =>
      send('post', RESTORE, {
        params: { path: { ...path, version: wanted }, header: header() },
      }),
    onSuccess: (next) => show(next, true),
  });
  return {
    settings,
    round,
    restore,
    takeTheirs,
    save: async (value: Value) => {
      const params = { path, header: header() };
      show(await send('put', SETTINGS, { params, body: { settings: value } }), false);
    },
    keepMine: async () => {
      version.current = (await newest()).version;
    },
  };
}
