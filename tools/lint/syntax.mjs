/** Shapes of code that no spec would catch in time. Each says what to write instead. */

/** Prisma's tagged templates and pg's parameters bind values; text put together by hand does not. */
const BOUND_VALUES = 'Values go into SQL as parameters: a tagged template of Prisma, or $1 with pg.';

const QUERY_CALL = "CallExpression[callee.property.name='query']";

/** An identifier cannot be a parameter; pg quotes it. */
const ESCAPED =
  'CallExpression[callee.property.name=/^escape(Identifier|Literal)$/], CallExpression[callee.name=/^escape(Identifier|Literal)$/]';

const EVERYWHERE = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what you export: `export *` hides what a lib offers.',
  },
  {
    selector: 'MemberExpression[property.name=/^\\$(query|execute)RawUnsafe$/]',
    message: BOUND_VALUES,
  },
  {
    selector: 'MemberExpression > Literal.property[value=/^\\$(query|execute)RawUnsafe$/]',
    message: BOUND_VALUES,
  },
  {
    selector:
      "CallExpression[callee.object.name='Prisma'][callee.property.name='raw']:not([arguments.0.type='Literal'])",
    message: BOUND_VALUES,
  },
];

/** The text of a query is its first argument, or `text` of the object that is. */
const QUERY_TEXTS = [
  { before: `${QUERY_CALL} > `, place: '.arguments' },
  { before: `${QUERY_CALL} > ObjectExpression.arguments > Property[key.name='text'] > `, place: '.value' },
];

const QUERIES = QUERY_TEXTS.flatMap(({ before, place }) => [
  { selector: `${before}BinaryExpression${place}[operator='+']`, message: BOUND_VALUES },
  {
    selector: `${before}TemplateLiteral${place} > .expressions:not(${ESCAPED})`,
    message: `${BOUND_VALUES} An identifier goes through escapeIdentifier.`,
  },
]);

export const RESTRICTED_SYNTAX = [...EVERYWHERE, ...QUERIES];

/** What a test puts into a query is its own; what it leaves out of its file is the others' tests. */
export const RESTRICTED_SYNTAX_IN_TESTS = [
  ...EVERYWHERE,
  {
    selector: "MemberExpression[object.name=/^(describe|it|test)$/][property.name='only']",
    message: 'A focused test switches all others of its file off.',
  },
];
