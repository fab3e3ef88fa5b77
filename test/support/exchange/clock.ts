/** The time of an exchange, in microseconds since 1970. */
export interface Clock {
  nowMicros(): number;
  /** how many of its seconds pass in one of ours */
  speed(): number;
}

/** Begins at `fromMs`, not later than now, and runs `speed` times as fast as ours until it has arrived at ours. Then it goes on with ours. */
export function startClock(fromMs = Date.now(), speed = 1): Clock {
  const started = performance.now();
  // The time of the machine may be set meanwhile; that of an exchange only goes forward.
  const base = Date.now() - started;
  const ours = () => base + performance.now();
  const fast = () => fromMs + (performance.now() - started) * speed;
  return {
    nowMicros: () => Math.floor(Math.min(fast(), ours()) * 1000),
    speed: () => (fast() < ours() ? speed : 1),
  };
}
