import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { publishedPackages } from '../steps/pack.mjs';

/**
 * Starts an npm registry that has our packed packages and redirects every other request to the user's registry. With
 * it the install commands of the guides run as they are written, with any package manager.
 *
 * @param tarballs paths of the packed packages by name; they are read at the start
 * @param upstream URL of the registry that has everything else
 * @returns the URL of the registry; it does not hold the process
 */
export async function startRegistry(tarballs, upstream) {
  const ours = new Map(
    publishedPackages().map(({ name, manifest }) => {
      const file = tarballs.get(name);
      return [name, { manifest, file: path.basename(file), bytes: readFileSync(file) }];
    }),
  );
  const server = http.createServer((request, response) => {
    const [, name, rest] =
      decodeURIComponent(request.url).match(/^\/((?:@[^/]+\/)?[^/?]+)(?:\/([^?]+))?/) ?? [];
    const found = ours.get(name);
    if (found === undefined) response.writeHead(302, { location: upstream + request.url.slice(1) }).end();
    else if (rest?.startsWith('-/')) send(response, 'application/octet-stream', found.bytes);
    else {
      const all = document(url, found);
      // pnpm asks for one version, by its number or as `latest`: there is one.
      const answer = rest === undefined ? all : all.versions[found.manifest.version];
      send(response, 'application/json', JSON.stringify(answer));
    }
  });
  // Never closes a connection at the moment a client uses it again.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  return url;
}

/** What a registry answers for a package: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
function document(url, { manifest, file, bytes }) {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const dist = { tarball: `${url}${name}/-/${file}`, integrity };
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
    // Long ago: package managers refuse what was published within the last days.
    time: { [version]: '2020-01-01T00:00:00.000Z' },
  };
}

function send(response, type, body) {
  response.writeHead(200, { 'content-type': type }).end(body);
}
