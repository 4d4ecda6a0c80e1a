const { channel } = require('node:diagnostics_channel');
const { CHANNELS } = require('@pg-otel/instrumentation/channels');
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  /**
   * Kept for all test files of a worker. A channel that a finished file leaves behind is garbage-collected, and Node.js 20
   * then also forgets a channel of the same name that was created in the same turn: what the next file publishes would
   * have no subscribers.
   */
  static channels = Object.values(CHANNELS).map((name) => channel(name));
};
