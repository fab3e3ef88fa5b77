import { Construct, Macie2Account, Macie2ClassificationJob } from '../imports.ts';
import { layers } from '../../src/lake/databases.ts';
import type { ResourceNames } from '../names.ts';

export interface MacieProps {
  names: ResourceNames;
  /** `adopt`: the account has a session already, which stays */
  session: 'create' | 'adopt';
}

/** Searches new objects of the layers for personal data every day. A new session also starts Macie's automated discovery. */
export class Macie extends Construct {
  constructor(scope: Construct, id: string, { names, session }: MacieProps) {
    super(scope, id);
    const account =
      session === 'create'
        ? [new Macie2Account(this, 'session', { status: 'ENABLED', findingPublishingFrequency: 'SIX_HOURS' })]
        : [];
    new Macie2ClassificationJob(this, 'job', {
      name: names.named('personal-data'),
      description: `Personal data in the lake ${names.prefix}`,
      jobType: 'SCHEDULED',
      scheduleFrequency: { dailySchedule: true },
      samplingPercentage: 100,
      s3JobDefinition: {
        bucketDefinitions: [{ accountId: names.accountId, buckets: layers.map((layer) => names.buckets[layer]) }],
      },
      dependsOn: account,
    });
  }
}
