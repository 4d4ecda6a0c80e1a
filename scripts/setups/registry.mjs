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
 * @param tarballs paths of the packed packages by name
 * @param upstream URL of the registry that has everything else
 * @returns the URL of the registry; it does not hold the process
 */
export async function startRegistry(tarballs, upstream) {
  const server = http.createServer((request, response) => {
    const [, name, rest] =
      decodeURIComponent(request.url).match(/^\/((?:@[^/]+\/)?[^/?]+)(?:\/([^?]+))?/) ?? [];
    const published = publishedPackages().find((one) => one.name === name);
    if (published === undefined) response.writeHead(302, { location: upstream + request.url.slice(1) }).end();
    else if (rest?.startsWith('-/'))
      send(response, 'application/octet-stream', readFileSync(tarballs.get(name)));
    else {
      const all = document(published);
      // pnpm asks for one version, by its number or as `latest`: there is one.
      const answer = rest === undefined ? all : all.versions[published.manifest.version];
      send(response, 'application/json', JSON.stringify(answer));
    }
  });
  // Never closes a connection at the moment a client uses it again.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  return url;

  /** What a registry answers for a package: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
  function document({ name, manifest }) {
    const tarball = tarballs.get(name);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    const dist = { tarball: `${url}${name}/-/${path.basename(tarball)}`, integrity };
    return {
      name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
      // Long ago: package managers refuse what was published within the last days.
      time: { [manifest.version]: '2020-01-01T00:00:00.000Z' },
    };
  }
}

function send(response, type, body) {
  response.writeHead(200, { 'content-type': type }).end(body);
}
