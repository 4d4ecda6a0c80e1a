const { traced } = require('./telemetry.js');
const { follow, shorten } = require('./links.js');

const routes = {
  'GET /{slug}': ({ pathParameters }) => follow(pathParameters.slug),
  'POST /': ({ body }) => shorten(body),
};

/** The routes of an HTTP API of API Gateway (payload format 2.0). */
exports.handler = traced((event) => routes[event.routeKey]?.(event) ?? { statusCode: 404 });
