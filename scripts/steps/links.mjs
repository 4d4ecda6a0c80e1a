import { run, runBin } from './command.mjs';

const REMARK = 'remark-cli/cli.js';
const OPTIONS = ['--frail', '--quiet', '--no-color', '--no-stdout'];

/** Pages of this repository, in a URL or by their path. Not `docs/api` and `docs/db`: those of undici and OpenTelemetry. */
const PAGE = /(?:pg-otel\/blob\/main\/|(?<![\w/]))(docs\/(?!api\/|db\/)[\w/-]+\.md(?:#[\w-]+)?)/g;

/** A link in a Markdown file that leads to no file or heading of this repository is an error. Other hosts are not asked. */
export function linksInMarkdown() {
  return runBin(REMARK, ['.', ...OPTIONS]);
}

/** The same for pages that code, tests and configuration name: warnings, runbooks of alerts, comments. */
export async function pagesInCode() {
  const lines = await run('git', ['grep', '--no-color', '-h', 'docs/', '--', ':!*.md']);
  const pages = [...new Set([...lines.matchAll(PAGE)].map(([, page]) => page))];
  const input = pages.map((page) => `- [${page}](${page})\n`).join('');
  // As a page in the root, whose links are relative to it.
  return runBin(REMARK, ['--file-path', 'pages-in-code.md', ...OPTIONS], { input });
}
