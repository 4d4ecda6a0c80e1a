import type { Level, Match, Rule, Thresholds } from '../rules/rule';
import { dashboardOf, dashboardPath } from '../rules/watch';
import { checkRules } from './check';
import type { WrittenLevel } from './level';
import { type Path, type Problem, problemsOf } from './problem';
import { levelsSchema, type ThresholdsFile, type WrittenRule } from './schema';

/** A rule in an override. It is off without levels. The schema for the `watch` of the rule has not checked them. */
interface Overriding {
  readonly name: string;
  readonly path: Path;
  readonly match: Match;
  readonly levels: readonly unknown[];
}

/** Fills in defaults and gives each rule its variants. */
export function resolve(file: ThresholdsFile): Thresholds | readonly Problem[] {
  const { receivers, notify, overrides = [] } = file;
  const overriding = overrides.flatMap(({ match, rules }, index) =>
    Object.entries(rules).map(([name, { levels }]): Overriding => {
      return { name, path: ['overrides', index, 'rules', name], match, levels };
    }),
  );
  const problems = [...unknownNames(file, overriding)];
  const paths = new Map<object, Path>();

  const rules = Object.entries(file.rules).map(([name, written]) => {
    const variantOf = (match: Match, path: Path, levels: readonly WrittenLevel[]) => {
      const variant = { match, levels: levels.map((level) => resolvedLevel(name, written, level, file)) };
      paths.set(variant, path);
      for (const [index, level] of variant.levels.entries()) paths.set(level, [...path, 'levels', index]);
      return variant;
    };
    const variants = overriding
      .filter((override) => override.name === name)
      .flatMap(({ match, path, levels }) => {
        if (levels.length === 0) return [variantOf(match, path, [])];
        const { data, error } = levelsSchema(written.watch).safeParse(levels);
        if (data !== undefined) return [variantOf(match, path, data)];
        for (const problem of error.issues.flatMap(problemsOf)) {
          problems.push({ ...problem, path: [...path, 'levels', ...problem.path] });
        }
        return [];
      });
    const { levels, labels: _labels, runbook: _runbook, receiver: _receiver, ...subject } = written;
    const path = ['rules', name];
    // The schema of the rule's `watch` has checked its levels.
    const rule = { name, ...subject, variants: [...variants, variantOf({}, path, levels)] } as Rule;
    paths.set(rule, path);
    return rule;
  });
  problems.push(...checkRules(rules, (part, ...setting) => [...(paths.get(part) ?? []), ...setting]));
  return problems.length > 0 ? problems : { rules, receivers, notify };
}

function resolvedLevel(
  name: string,
  rule: WrittenRule,
  { severity, labels, runbook, receiver, for: forSeconds = 0, keepFiring = 0, ...limits }: WrittenLevel,
  { runbooks, dashboards }: ThresholdsFile,
): Level {
  const section = runbooks && `${runbooks}#${name.toLowerCase()}`;
  return {
    severity,
    forSeconds,
    keepFiringSeconds: keepFiring,
    labels: { ...rule.labels, ...labels },
    runbookUrl: runbook ?? rule.runbook ?? section,
    dashboardUrl: dashboards && `${dashboards.replace(/\/$/, '')}${dashboardPath(dashboardOf(rule))}`,
    receiver: receiver ?? rule.receiver,
    ...limits,
  };
}

/** Finds names of rules and receivers that the file does not have. */
function* unknownNames(file: ThresholdsFile, overriding: readonly Overriding[]): Generator<Problem> {
  const rules = Object.keys(file.rules).join(', ');
  for (const { name, path } of overriding) {
    if (Object.hasOwn(file.rules, name)) continue;
    yield { path, message: `is not a rule of this file; the rules are ${rules}` };
  }
  const receivers = Object.keys(file.receivers).join(', ');
  const own = Object.entries(file.rules).map(([name, rule]) => ({ ...rule, path: ['rules', name] }));
  const levels = [...own, ...overriding].flatMap(({ path, levels }) =>
    levels.map((level, index) => ({ ...(level as object | null), path: [...path, 'levels', index] })),
  );
  for (const { receiver, path } of [...own, ...levels] as { receiver?: unknown; path: Path }[]) {
    if (typeof receiver !== 'string' || Object.hasOwn(file.receivers, receiver)) continue;
    yield { path: [...path, 'receiver'], message: `must be one of the receivers ${receivers}` };
  }
  for (const [severity, receiver] of Object.entries(file.notify)) {
    if (Object.hasOwn(file.receivers, receiver)) continue;
    yield { path: ['notify', severity], message: `must be one of the receivers ${receivers}` };
  }
}
