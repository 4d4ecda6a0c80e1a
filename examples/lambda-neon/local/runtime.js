// The process of a function instance: loads the handler once, then runs one invocation after the other.
const { handler } = require('../index.js');

process.on('message', async ({ event, context }) => {
  try {
    process.send({ response: await handler(event, context) });
  } catch (error) {
    console.error(error);
    process.send({ response: { statusCode: 502 } });
  }
});
process.send('initialized');
