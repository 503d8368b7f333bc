export { mainOf, startApp, type AppExit, type AppOptions, type AppProcess } from './app-process.js';
export { freePorts } from './free-ports.js';
export { startRedis, type OwnRedis } from './own-redis.js';
export { startTcpProxy, type TcpProxy, type Toxic } from './tcp-proxy.js';
export { until } from './until.js';
