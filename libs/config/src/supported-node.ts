/** As an app imports it that knows the configuration and not telemetry. */
import '@switchyard/telemetry/supported-node';
