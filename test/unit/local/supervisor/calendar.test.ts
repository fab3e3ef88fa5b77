import assert from 'node:assert/strict';
import { timeAfter, type CalendarTime } from '../../../../src/local/supervisor/calendar.ts';

const iso = (time: CalendarTime, after: string) => new Date(timeAfter(time, Date.parse(after))).toISOString();

describe('the calendar', () => {
  const daily: CalendarTime = { every: 'day', at: '05:30' };
  const weekly: CalendarTime = { every: 'week', on: 'sunday', at: '04:00' };

  it('finds the next time of a day', () => {
    assert.equal(iso(daily, '2026-11-26T05:29:59Z'), '2026-11-26T05:30:00.000Z');
    assert.equal(iso(daily, '2026-11-26T05:30:00Z'), '2026-11-27T05:30:00.000Z');
    assert.equal(iso(daily, '2026-12-31T23:00:00Z'), '2027-01-01T05:30:00.000Z');
  });

  it('finds the next time of a week', () => {
    assert.equal(iso(weekly, '2026-11-26T12:00:00Z'), '2026-11-29T04:00:00.000Z');
    assert.equal(iso(weekly, '2026-11-29T03:59:59Z'), '2026-11-29T04:00:00.000Z');
    assert.equal(iso(weekly, '2026-11-29T04:00:00Z'), '2026-12-06T04:00:00.000Z');
  });
});
