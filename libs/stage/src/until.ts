const POLL_MS = 25;

/** Polls until the condition holds. @throws Error that names what was waited for, with what `explain` says. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  explain: () => string = () => '',
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`After ${limitMs} ms still not: ${what}. ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
