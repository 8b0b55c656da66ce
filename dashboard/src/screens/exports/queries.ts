import { read } from '../../api/client';
import type { components } from '../../api/schema';
import type { DayRange } from '../../view/view';
import type { Format } from './search';

type Schemas = components['schemas'];
export type Table = Schemas['TableForExport'];
export type Job = Schemas['ExportJob'];
export type Schedule = Schemas['ExportSchedule'];

export const JOBS = '/api/v1/exports/jobs';
export const JOB = `${JOBS}/{export_id}` as const;
export const SCHEDULES = '/api/v1/exports/schedules';
export const SCHEDULE = `${SCHEDULES}/{schedule_id}` as const;
const POLL_MS = 2_000;

export const tablesQuery = { ...read('/api/v1/exports'), staleTime: 5 * 60_000 };

export const isUnderWay = ({ state }: Job) => state === 'queued' || state === 'running';

/** The newest first; asked anew as long as one is being written. */
export const jobsQuery = {
  ...read(JOBS),
  refetchInterval: (query: { state: { data?: Job[] } }) =>
    query.state.data?.some(isUnderWay) ? POLL_MS : (false as const),
};

export const manifestQuery = (exportId: string) =>
  read(`${JOB}/manifest`, { params: { path: { export_id: exportId } } });

export const schedulesQuery = read(SCHEDULES);

export const chatsQuery = read('/api/v1/access/owner-chats');

export const fileOfJob = (exportId: string, part: number) => `${JOBS}/${exportId}/files/${part}`;

/** How many rows there are now. */
export const estimateQuery = (
  table: string,
  shops: readonly number[],
  days: DayRange | undefined,
) =>
  read('/api/v1/exports/{table}/estimate', {
    params: {
      path: { table },
      query: { ...days, ...(shops.length ? { shops: shops.join(',') } : {}) },
    },
  });

/** Bytes of so many rows, by what earlier exports of the table in that format took; null: none. */
export function bytesOf(
  rows: number,
  table: string,
  format: Format,
  jobs: readonly Job[],
): number | null {
  const alike = jobs.filter(
    (job) => job.table_key === table && job.layout.file_format === format && job.rows > 0,
  );
  const known = alike.reduce((sum, job) => sum + job.rows, 0);
  if (!known) return null;
  return Math.round((rows * alike.reduce((sum, job) => sum + job.size_bytes, 0)) / known);
}

/** 0 to 1. */
export const progressOf = ({ parts, parts_done, state }: Job) =>
  state === 'done' ? 1 : parts ? parts_done / parts : 0;
