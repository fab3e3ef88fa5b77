import assert from 'node:assert/strict';
import { expiry } from '../../../../src/aws/deployment/time-to-live.ts';
import { sampleDeployment } from '../../../support/deployment.ts';

const now = new Date('2026-11-22T10:00:00Z');
const last = (expiresAt: string, timeToLive: number) => sampleDeployment({ expiresAt, aws: { timeToLive } });

describe('the time to live', () => {
  it('begins with the first "up" and goes on with the next', () => {
    assert.equal(expiry(3600, undefined, now), '2026-11-22T11:00:00Z');
    assert.equal(expiry(3600, last('2026-11-22T10:30:00Z', 3600), now), '2026-11-22T10:30:00Z');
  });

  it('begins again when it has ended or another length is asked for', () => {
    assert.equal(expiry(3600, last('2026-11-22T09:00:00Z', 3600), now), '2026-11-22T11:00:00Z');
    assert.equal(expiry(7200, last('2026-11-22T10:30:00Z', 3600), now), '2026-11-22T12:00:00Z');
  });

  it('is none when zero is asked for', () => {
    assert.equal(expiry(0, last('2026-11-22T10:30:00Z', 3600), now), undefined);
  });
});
