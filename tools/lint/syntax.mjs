/** Shapes of code that no spec would catch in time. Each says what to write instead. */

/** Prisma's tagged templates and pg's parameters bind values; text put together by hand does not. */
const BOUND_VALUES = 'Values go into SQL as parameters: a tagged template of Prisma, or $1 with pg.';

const QUERY_CALL = "CallExpression[callee.property.name='query']";

/** An identifier cannot be a parameter; pg quotes it. */
const ESCAPED =
  'CallExpression[callee.property.name=/^escape(Identifier|Literal)$/], CallExpression[callee.name=/^escape(Identifier|Literal)$/]';

export const RESTRICTED_SYNTAX = [
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
  {
    selector: `${QUERY_CALL} > BinaryExpression.arguments[operator='+']`,
    message: BOUND_VALUES,
  },
  {
    selector: `${QUERY_CALL} > TemplateLiteral.arguments > .expressions:not(${ESCAPED})`,
    message: `${BOUND_VALUES} An identifier goes through escapeIdentifier.`,
  },
  {
    selector: `${QUERY_CALL} > ObjectExpression.arguments > Property[key.name='text'] > BinaryExpression[operator='+']`,
    message: BOUND_VALUES,
  },
  {
    selector: `${QUERY_CALL} > ObjectExpression.arguments > Property[key.name='text'] > TemplateLiteral > .expressions:not(${ESCAPED})`,
    message: `${BOUND_VALUES} An identifier goes through escapeIdentifier.`,
  },
];

export const RESTRICTED_SYNTAX_IN_SPECS = [
  ...RESTRICTED_SYNTAX,
  {
    selector: "MemberExpression[object.name=/^(describe|it|test)$/][property.name='only']",
    message: 'A focused test switches all others of its file off.',
  },
];
