export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof weekdays)[number];

/** When something is done again and again, in UTC. */
export interface CalendarTime {
  every: 'day' | 'week';
  /** of a week */
  on?: Weekday | undefined;
  /** `HH:MM` */
  at: string;
}

const day = 24 * 60 * 60 * 1000;

/** The first such time after an instant; both in milliseconds since 1970. */
export function timeAfter({ every, on, at }: CalendarTime, instant: number): number {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const date = new Date(instant);
  date.setUTCHours(hour, minute, 0, 0);
  let next = date.getTime();
  if (every === 'week') next += ((weekdays.indexOf(on ?? 'sunday') - date.getUTCDay() + 7) % 7) * day;
  const period = periodOf({ every });
  return next > instant ? next : next + period;
}

/** Milliseconds between two of its times. */
export function periodOf({ every }: Pick<CalendarTime, 'every'>): number {
  return every === 'day' ? day : 7 * day;
}
