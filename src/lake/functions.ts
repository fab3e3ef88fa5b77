/** The functions of a lake in an account, by the name after its prefix. */
export const functionNames = [
  'create-tables',
  'update-assets-icons',
  'optimize-tables',
  'resubmit-step',
  'expire-lake',
  'report-health',
] as const;
export type FunctionName = (typeof functionNames)[number];
