/**
 * Loaded into a process before its app: `Date` goes wrong by CHAOS_CLOCK_MS milliseconds, and after CHAOS_CLOCK_STEP_MS
 * steps back to the truth, as a clock does that is set right. Timers and `performance` are the kernel's monotonic clock,
 * which no setting of the time moves; they are left alone, as is the clock of the database.
 */
const shiftMs = Number(process.env['CHAOS_CLOCK_MS'] ?? 0);
const stepMs = Number(process.env['CHAOS_CLOCK_STEP_MS'] ?? Infinity);

if (shiftMs !== 0) {
  const startedAt = performance.now();
  const TrueDate = Date;
  const now = (): number => TrueDate.now() + (performance.now() - startedAt < stepMs ? shiftMs : 0);
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, values: [], newTarget) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
    apply: () => new TrueDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  });
}
