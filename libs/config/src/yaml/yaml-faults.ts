import type { ErrorCode } from 'yaml';

/** The parser's own messages quote the file, which may hold secrets; these do not. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'this alias cannot stand here; give the value itself',
  BAD_DQ_ESCAPE: 'this is no escape that double quotes know; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not fit; all keys of one map start in the same column',
  BAD_SCALAR_START: 'a value cannot start with this character; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a nested key cannot start on this line; put it on a line of its own, indented, or quote the value',
  BLOCK_IN_FLOW: 'an indented map or list cannot stand inside [ ] or { }; write it with [ ] or { } too',
  MISSING_CHAR: 'a character is missing: a comma, a colon, a quote or a closing bracket',
  MULTILINE_IMPLICIT_KEY: 'a key must end on the line it starts on; is a colon or a quote missing?',
  MULTIPLE_DOCS: 'the file holds more than one document; remove the line `---`',
  NON_STRING_KEY: 'a key must be plain text',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'tags (`!name`) are not taken; remove it, or put the value in quotes',
  UNEXPECTED_TOKEN: 'something stands here that does not belong; look for an open quote or bracket before it',
};

/** What is wrong with a file, by the parser's code for it. */
export function describeYamlFault(code: ErrorCode): string {
  return WORDS[code] ?? 'this is not valid YAML';
}
