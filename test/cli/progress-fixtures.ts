import type { RunSnapshot } from '../../src/index.ts';

export const noShards = { built: 0, uploaded: 0, submitted: 0, ended: 0, fetched: 0, failed: 0 };
export const noOutcomes = { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 };

/** A run of 3,376 records in three shards, one of them fetched. */
export const sending: RunSnapshot = {
  phase: 'sending',
  records: 3376,
  shards: { ...noShards, submitted: 2, fetched: 1 },
  requests: { total: 3376, inFlight: 1369, succeeded: 1000, failed: 7 },
  deadlines: {},
  bytes: { built: 0, downloaded: 0, joined: 0 },
  outcomes: noOutcomes,
};
