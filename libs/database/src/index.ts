export { isUnavailable, isUniqueViolation } from './database-errors.js';
export { openDatabase, type Database, type Queryable } from './database.js';
export { createGroup } from './group.js';
export { sql, type SqlStatement } from './sql.js';
