export { openGate, type Gate, type Submission, type Submitted, type Submitter } from './gate.js';
export { JOB_SCHEMA } from './native/job-schema.js';
export type { Route } from './route-job.js';
export { permissionsOf } from './permissions.js';
