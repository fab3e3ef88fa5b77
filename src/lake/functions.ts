/** The functions of a lake in an account, by the name after its prefix. */
export const functionNames = [
  'create-tables',
  'update-assets-icons',
  'optimize-tables',
  'resubmit-step',
  'expire-lake',
  'report-health',
] as const;
/** Rules that call a function by the calendar, by the name after the prefix: they rest once the time to live has ended. */
export const scheduledRules = ['icons', 'optimize', 'health'] as const;
export type FunctionName = (typeof functionNames)[number];
