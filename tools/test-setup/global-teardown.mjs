/** Stops what the global setup started, and only that. */
export default async function globalTeardown() {
  const services = globalThis[Symbol.for('switchyard.test.services')] ?? [];
  await Promise.all(services.splice(0).map((service) => service.stop()));
}
