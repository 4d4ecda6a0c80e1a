// Prints what Alertmanager sends to its webhook receivers, as the shipped thresholds name them.
const http = require('node:http');
const { json } = require('node:stream/consumers');

const server = http.createServer(async (request, response) => {
  try {
    const { status, alerts } = await json(request);
    for (const { labels, annotations } of alerts) {
      const about = [labels.service_name, labels.db_namespace, labels.db_query_summary ?? labels.pool];
      const where = about.filter((text) => text !== undefined).join(' · ');
      console.log(
        `${request.url} ${status}: ${labels.alertname} (${labels.severity}) ${annotations.summary} — ${where}`,
      );
    }
    response.end();
  } catch {
    response.writeHead(400).end();
  }
});

server.listen(Number(process.env.PORT ?? 9099), '127.0.0.1', () => {
  console.log(`Waiting for notifications on 127.0.0.1:${server.address().port}`);
});
