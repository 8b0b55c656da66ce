import { read } from '../../api/client';

export const dataHealthQuery = { ...read('/api/data-health'), refetchInterval: 15_000 };

export const storageQuery = read('/api/storage');
