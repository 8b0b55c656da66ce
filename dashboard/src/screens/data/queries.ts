import { read } from '../../api/client';

export const dataHealthQuery = { ...read('/api/v1/data-health'), refetchInterval: 15_000 };

export const storageQuery = read('/api/v1/storage');
