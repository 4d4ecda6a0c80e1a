import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';

// All that the compatibility flag `nodejs_als` gives of Node. The package @opentelemetry/context-async-hooks needs more.
const active = new AsyncLocalStorage();

context.setGlobalContextManager({
  active: () => active.getStore() ?? ROOT_CONTEXT,
  with: (given, run, self, ...args) => active.run(given, () => run.apply(self, args)),
  bind: (given, target) =>
    typeof target === 'function' ? (...args) => active.run(given, target, ...args) : target,
  enable() {
    return this;
  },
  disable() {
    return this;
  },
});
