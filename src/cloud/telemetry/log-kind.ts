/** What a log entry is; the numbers are stored. */
export const LOG_KIND = {
  dev2app: 1,
  app2dev: 2,
  devOnline: 3,
  devReOnline: 4,
  devOffline: 5,
  imported: 6,
  measured: 7,
} as const;
export type LogKind = (typeof LOG_KIND)[keyof typeof LOG_KIND];
