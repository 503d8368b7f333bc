/** Characters that are read from the start of a prompt, where people say what they want, and from its end. */
const HEAD = 2_000;
const TAIL = 500;

const CODE_FENCE = /```|~~~/;
/** Lines that only code has: they end in a brace or a semicolon, or begin as statements of common languages do. */
const CODE_LINE =
  /(?:[;{}]|=>|\):)\s*$|^\s*(?:def|class|import|from|function|func|fn|const|let|var|public|private|SELECT|#include|package|return|if \(|for \()\b/;
/** Code within a line: in backticks, or marks that only code puts beside each other. */
const CODE_WITHIN = /`[^`]*[^`\w\s-][^`]*`|\w\([^)\s]*\)|[=!<>]==?|=>|->|::|\)\s*[{;]|\$\{|&&|\|\||<\/?[a-z]+[ >]/;
const WORD = /[\p{L}0-9][\p{L}0-9+#]*(?:[-'./][\p{L}0-9]+)*/gu;

/** What a prompt looks like, read once. */
export interface ReadPrompt {
  /** Words of its prose, in lower case, without the code in it. */
  readonly words: readonly string[];
  /** Lines that are code. */
  readonly codeLines: number;
  /** There is code, be it within a line. */
  readonly hasCode: boolean;
  /** Lines that are points of a list. */
  readonly points: number;
  /** Characters of the whole prompt. */
  readonly length: number;
  readonly endsInQuestion: boolean;
}

/** Reads the beginning and the end of a prompt, so that a long one takes no longer than a short one. */
export function readPrompt(prompt: string): ReadPrompt {
  const text = prompt.length <= HEAD + TAIL ? prompt : `${prompt.slice(0, HEAD)}\n${prompt.slice(-TAIL)}`;
  const prose: string[] = [];
  let codeLines = 0;
  let points = 0;
  let fenced = false;
  for (const line of text.split('\n')) {
    if (CODE_FENCE.test(line)) {
      // A fence that opens and ends on one line encloses what stands between.
      if (line.split(/```|~~~/).length % 2 === 0) fenced = !fenced;
      else codeLines += 1;
      prose.push(line.replaceAll(/```.*?```/g, ' ').replace(/```.*/, ' '));
    } else if (fenced || CODE_LINE.test(line)) codeLines += 1;
    else {
      if (/^\s*(?:[-*•]|\d+[.)])\s/.test(line)) points += 1;
      prose.push(line);
    }
  }
  return {
    words:
      prose
        .join('\n')
        .replaceAll(/`[^`]*`/g, ' code ')
        .toLowerCase()
        .match(WORD) ?? [],
    codeLines,
    hasCode: codeLines > 0 || CODE_WITHIN.test(text),
    points,
    length: prompt.length,
    endsInQuestion: /\?\s*$/.test(text),
  };
}
