import type { Problem } from '../../lake/alarms.ts';
import type { Found } from './model.ts';
import { duration, isWithin, shorten } from '../../tools/phrases.ts';

const limits = {
  /** milliseconds; trouble that is over at the next try does not count */
  troubleMs: 5000,
  clockSeconds: 60,
};

export function ofProducer(producer: Found['producers'][number], now: Date): Problem[] {
  return producer.troubles.flatMap(({ about, since, message: whole }): Problem[] => {
    const message = shorten(whole);
    if (isWithin(since, limits.troubleMs, now)) return [];
    const subject = { part: `producer-${producer.id}`, since };
    if (about === 'kafka') {
      const what = `the producer of ${producer.id} keeps what it has: ${message}`;
      return [{ id: 'producer-waiting', ...subject, what, next: 'It sends everything once Kafka takes it.' }];
    }
    if (about === 'room') {
      const what = `the producer of ${producer.id} pauses: ${message}`;
      const next =
        'It goes on by itself once there is room, and fetches from the history what it missed, where there is one.';
      return [{ id: 'producer-paused', ...subject, what, next }];
    }
    if (about.startsWith('coin ')) {
      return [{ id: 'coin-refused', ...subject, what: message, next: 'Take the coin out of "coins" if it stays so.' }];
    }
    if (about.startsWith('trades ')) {
      const next = 'It asks the history again by itself; "cryptodm gaps --trades" lists them.';
      return [{ id: 'trades-missing', ...subject, what: message, next }];
    }
    if (about.startsWith('candles ')) {
      return [{ id: 'candles-differ', ...subject, what: message, next: 'See "cryptodm gaps --candles".' }];
    }
    const next = 'It asks again by itself and fetches what was missed; wrong keys or a wrong address need you.';
    return [{ id: 'source-failing', ...subject, what: message, next }];
  });
}

export function ofClock(found: Found): Problem[] {
  const next = 'Set this machine’s clock, best by NTP: which minute it is depends on it.';
  return found.producers.flatMap(({ id, clockOffset }): Problem[] => {
    if (clockOffset === undefined || Math.abs(clockOffset) <= limits.clockSeconds) return [];
    const direction = clockOffset > 0 ? 'behind' : 'ahead of';
    const what = `this machine’s clock is ${duration(Math.abs(clockOffset))} ${direction} the source’s`;
    return [{ id: 'clock-off', part: `producer-${id}`, what, next }];
  });
}
