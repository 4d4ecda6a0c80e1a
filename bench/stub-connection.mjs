import { EventEmitter } from 'node:events';

const INTEGER = 23;
const TEXT = 25;
const field = (name, dataTypeID) => ({ name, dataTypeID, format: 'text' });
const readyForQuery = ['readyForQuery', { status: 'I' }];

/** Messages as pg-protocol parses them, each with the event that pg's client listens to. */
export const ONE_ROW = [
  ['rowDescription', { fields: [field('id', INTEGER), field('name', TEXT), field('price', INTEGER)] }],
  ['dataRow', { fields: ['42', 'a bar of soap', '399'] }],
  ['commandComplete', { text: 'SELECT 1' }],
  readyForQuery,
];
export const UPDATED = [['commandComplete', { text: 'UPDATE 1' }], readyForQuery];

/**
 * In the place of pg's Connection (lib/connection.js): connected at once, and answers each statement the same, in a
 * microtask. What pg's client and query do with the messages is pg's own code.
 */
export class StubConnection extends EventEmitter {
  stream = new EventEmitter();
  parsedStatements = {};
  submittedNamedStatements = {};
  #answer;

  constructor(messages) {
    super();
    this.#answer = () => {
      for (const [event, message] of messages) this.emit(event, message);
    };
  }

  connect() {
    queueMicrotask(() => this.emit(...readyForQuery));
  }

  ref() {}
  unref() {}
  parse() {}
  bind() {}
  describe() {}
  execute() {}

  sync() {
    queueMicrotask(this.#answer);
  }
}
