import { Construct, Macie2Account, Macie2ClassificationJob } from '../imports.ts';
import { layers } from '../../src/aws/names.ts';
import type { Place } from '../place.ts';

export interface MacieProps {
  place: Place;
  /** `adopt`: a session stands already and is not ours to end */
  session: 'create' | 'adopt';
}

/** Looks daily for personal data in what is new in the layers. A new session also starts Macie's own automated discovery. */
export class Macie extends Construct {
  constructor(scope: Construct, id: string, { place, session }: MacieProps) {
    super(scope, id);
    const account =
      session === 'create'
        ? [new Macie2Account(this, 'session', { status: 'ENABLED', findingPublishingFrequency: 'SIX_HOURS' })]
        : [];
    new Macie2ClassificationJob(this, 'job', {
      name: place.named('personal-data'),
      description: `Personal data in the lake ${place.prefix}`,
      jobType: 'SCHEDULED',
      scheduleFrequency: { dailySchedule: true },
      samplingPercentage: 100,
      s3JobDefinition: {
        bucketDefinitions: [{ accountId: place.accountId, buckets: layers.map((layer) => place.buckets[layer]) }],
      },
      dependsOn: account,
    });
  }
}
