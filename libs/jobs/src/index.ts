// Above this library nobody knows the database; what may be tried again, everybody must.
export { isUnavailable } from '@switchyard/database';
export {
  newJobId,
  openAdmission,
  type AdmittedJob,
  type Admission,
  type AdmissionVerdict,
  type ClientData,
  type Idempotency,
  type NewJob,
} from './admit-jobs.js';
export { readExperiment, type ArmOutcomes } from './experiments.js';
export { findReplay, type Replay } from './find-replay.js';
export { forgetKeys } from './forget-keys.js';
export { cancelJob, type CancelVerdict } from './cancel-job.js';
export { claimJobs, type Claim, type ClaimedJob } from './claim-jobs.js';
export { viewAdmitted, type OwnedJob } from './job-view.js';
export { beat, BEAT_MS, LEASE_MS, LeaseLostError, registerWorker, retireWorker, type HeldJob } from './lease.js';
export { parsePayload, UnreadablePayloadError, type JobPayload } from './payload.js';
export { parseMend, type Mend } from './mend.js';
export { parsePlan, type Plan, type PlannedTarget } from './plan.js';
export type { JobFilter, JobPage, ListPosition, ListRange } from './list-jobs.js';
export { openJobReader, readSubmission, type HeldRead, type JobReader, type WholeRead } from './read-jobs.js';
export { openReconciler, TIMEOUT_ERROR, type Reconciled, type Reconciler } from './reconcile.js';
export {
  announceEnded,
  openSettler,
  type CircuitChange,
  type SettledJob,
  type Settlement,
  type Settler,
  type SettleVerdict,
} from './settle-attempts.js';
export { sizeOfResult, writeResult, type ImageForm, type StoredResult } from './stored-result.js';
export { dropExpiredFiles } from './files/drop-files.js';
export { openFileReader, type FileReader, type StoredFile } from './files/read-files.js';
export { parseCancel, parseControlAsked, TOPICS } from './topics.js';
export { openJobWaiter, type JobWaiter } from './wait-for-jobs.js';
export { QueueLimit } from './queue-limit.js';
export { foldQuality, giveFeedback } from './measurements/give-feedback.js';
export { watchMeasurements, type MeasurementWatch } from './measurements/watch-measurements.js';
export { LeftTooLate, openLeaveInTime, type LeaveInTime } from './traffic/leave-in-time.js';
export { pauseLanes, resumeLanes, type LaneScope } from './traffic/pause-lanes.js';
export {
  readCircuits,
  readLanes,
  readPauses,
  type Circuit,
  type Gate,
  type Lane,
  type Pause,
} from './traffic/read-lanes.js';
export { makePartitions } from './partitions.js';
export { runsWorker } from './runs-worker.js';
export { readQueueAges, type QueueAge } from './queue-ages.js';
export {
  readHealth,
  readHello,
  readToken,
  writeAnswer,
  type Answered,
  type ControlError,
  type HealthAnswer,
  type HelloAnswer,
  type ModelsAnswer,
  type Word,
} from './control/answers.js';
export { compareModels, type KnownModels } from './control/compare-models.js';
export { answerControlTask, claimControlTasks, forgetControlTasks, type ControlTask } from './control/control-tasks.js';
export {
  beginModelCheck,
  readModelChecks,
  type CheckSchedule,
  type ModelCheck,
  type ModelComparison,
} from './control/model-check.js';
export { openProviderDesk, type Outcome, type ProviderDesk } from './control/provider-desk.js';
