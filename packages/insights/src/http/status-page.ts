import { createHash } from 'node:crypto';

interface StatusPage {
  readonly html: string;
  /** Its Content-Security-Policy, which allows its own script and style and requests to its own endpoints. */
  readonly policy: string;
}

let page: StatusPage | undefined;

export function statusPage(): StatusPage {
  page ??= read();
  return page;
}

function read(): StatusPage {
  // Built by `page/build.mjs`. The path is the same from `src` and from `dist`, and a literal for bundlers.
  const { html }: { html: string } = require('../../dist/page.json');
  const hashOf = (element: string) => {
    const [, content = ''] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html) ?? [];
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  };
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}
