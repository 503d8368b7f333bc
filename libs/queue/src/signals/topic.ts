const SEGMENT = /^[A-Za-z0-9_:%-]+$/;
const LONGEST_TOPIC = 512;
const MOST_SEGMENTS = 16;

/** The first segment of a topic or pattern: what shares it travels together and in order. */
export function channelOf(topic: string): string {
  const dot = topic.indexOf('.');
  return dot < 0 ? topic : topic.slice(0, dot);
}

/** @returns whether this is a topic that can be published: up to 16 segments of letters, digits, `_ : % -`, with dots between. */
export function isTopic(text: string): boolean {
  const segments = text.split('.');
  return (
    text.length <= LONGEST_TOPIC &&
    segments.length <= MOST_SEGMENTS &&
    segments.every((segment) => SEGMENT.test(segment))
  );
}

/** @returns whether this is a topic, or one whose later segments are `*` (any one segment) or end in `>` (one or more). */
export function isPattern(text: string): boolean {
  const [channel = '', ...rest] = text.split('.');
  const last = rest.at(-1);
  const literal = [
    channel,
    ...(last === '>' ? rest.slice(0, -1) : rest).map((segment) => (segment === '*' ? '_' : segment)),
  ];
  return literal.length <= MOST_SEGMENTS && isTopic(literal.join('.'));
}

/** Compiles a pattern. @returns a test for topics; undefined for a topic, which only matches itself. */
export function compilePattern(pattern: string): ((topic: string) => boolean) | undefined {
  if (!pattern.includes('*') && !pattern.includes('>')) return undefined;
  const segments = pattern.split('.');
  return (topic) => {
    const parts = topic.split('.');
    for (const [index, segment] of segments.entries()) {
      if (segment === '>') return parts.length > index;
      if (index >= parts.length || (segment !== '*' && segment !== parts[index])) return false;
    }
    return parts.length === segments.length;
  };
}
