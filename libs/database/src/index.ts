export { DatabaseBusyError, isTransient, isUnavailable, isUniqueViolation } from './database-errors.js';
export { openDatabase, type Database, type DatabaseSettings, type Queryable } from './database.js';
export { createGroup, type Group, type GroupSettings } from './group.js';
export { sql, type SqlStatement, type SqlValue } from './sql.js';
