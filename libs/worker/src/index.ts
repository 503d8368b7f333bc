export { runWorker, type WorkerApp } from './run-worker.js';
