import type { AwsConnection } from './connection.ts';
import type { sweepActions } from './sweep-actions.ts';

/** A kind of resource that stays listed after its end, and how its service is asked which of some exist. */
export interface Kind {
  action: (typeof sweepActions)[number];
  /** of the ARN */
  belongs: RegExp;
  find: (connection: AwsConnection, ids: string[]) => Promise<string[]>;
}
