import type { Level, Match, Rule, Thresholds } from '../rules/rule';
import { dashboardOf, dashboardPath } from '../rules/watch';
import { checkRules } from './check';
import type { WrittenLevel } from './level';
import { type Problem, problemsOf } from './problem';
import { levelsSchema, type ThresholdsFile, type WrittenRule } from './schema';

type Path = readonly PropertyKey[];

/** A rule, with the paths of the rule, its variants and their levels in the file. */
export interface PlacedRule {
  readonly path: Path;
  readonly rule: Rule;
  /** In the order of the rule's variants and levels. */
  readonly variants: readonly { readonly path: Path; readonly levels: readonly Path[] }[];
}

/** Fills in defaults and gives each rule its variants. */
export function resolve(file: ThresholdsFile): { thresholds: Thresholds } | { problems: readonly Problem[] } {
  const problems: Problem[] = [...unknownRules(file), ...unknownReceivers(file)];
  const placed = Object.entries(file.rules).map(([name, rule]) =>
    placedRule(name, rule, file, (problem) => problems.push(problem)),
  );
  problems.push(...checkRules(placed));
  if (problems.length > 0) return { problems };
  const { receivers, notify } = file;
  return { thresholds: { rules: placed.map(({ rule }) => rule), receivers, notify } };
}

interface WrittenVariant {
  readonly path: Path;
  readonly match: Match;
  readonly levels: readonly WrittenLevel[];
  readonly levelsPath: Path;
}

function placedRule(
  name: string,
  written: WrittenRule,
  file: ThresholdsFile,
  onProblem: (problem: Problem) => void,
): PlacedRule {
  const path = ['rules', name];
  const variants: WrittenVariant[] = [
    ...overridesOf(name, written, file, onProblem),
    { path, match: {}, levels: written.levels, levelsPath: [...path, 'levels'] },
  ];
  const { levels: _, labels: _labels, runbook: _runbook, receiver: _receiver, ...subject } = written;
  return {
    path,
    rule: {
      name,
      ...subject,
      variants: variants.map(({ match, levels }) => ({
        match,
        levels: levels.map((level) => resolvedLevel(name, written, level, file)),
      })),
      // The schema of the rule's `watch` has checked its levels.
    } as Rule,
    variants: variants.map((variant) => ({
      path: variant.path,
      levels: variant.levels.map((_level, index) => [...variant.levelsPath, index]),
    })),
  };
}

function overridesOf(
  name: string,
  { watch }: WrittenRule,
  { overrides = [] }: ThresholdsFile,
  onProblem: (problem: Problem) => void,
): WrittenVariant[] {
  return overrides.flatMap(({ match, rules }, index) => {
    const given = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (given === undefined) return [];
    const path = ['overrides', index, 'rules', name];
    const levelsPath = [...path, 'levels'];
    if (given === 'off') return [{ path, match, levels: [], levelsPath }];
    const { data: levels, error } = levelsSchema(watch).safeParse(given.levels);
    if (levels !== undefined) return [{ path, match, levels, levelsPath }];
    for (const problem of error.issues.flatMap(problemsOf)) {
      onProblem({ ...problem, path: [...levelsPath, ...problem.path] });
    }
    return [];
  });
}

function resolvedLevel(
  name: string,
  rule: WrittenRule,
  { severity, labels, runbook, receiver, for: forSeconds = 0, keepFiring = 0, ...limits }: WrittenLevel,
  { runbooks, dashboards }: ThresholdsFile,
): Level {
  const section = runbooks === undefined ? undefined : `${runbooks}#${name.toLowerCase()}`;
  const grafana = dashboards?.replace(/\/$/, '');
  return {
    severity,
    forSeconds,
    keepFiringSeconds: keepFiring,
    labels: { ...rule.labels, ...labels },
    runbookUrl: runbook ?? rule.runbook ?? section,
    dashboardUrl: grafana === undefined ? undefined : `${grafana}${dashboardPath(dashboardOf(rule))}`,
    receiver: receiver ?? rule.receiver,
    ...limits,
  };
}

function unknownRules({ rules, overrides = [] }: ThresholdsFile): Problem[] {
  return overrides.flatMap((override, index) =>
    Object.keys(override.rules)
      .filter((name) => !Object.hasOwn(rules, name))
      .map((name) => ({
        path: ['overrides', index, 'rules', name],
        message: `is not a rule of this file; the rules are ${Object.keys(rules).join(', ')}`,
      })),
  );
}

function unknownReceivers({ receivers, notify, rules, overrides = [] }: ThresholdsFile): Problem[] {
  const message = `must be one of the receivers ${Object.keys(receivers).join(', ')}`;
  const check = (receiver: unknown, path: Path): Problem[] =>
    typeof receiver === 'string' && !Object.hasOwn(receivers, receiver) ? [{ path, message }] : [];
  const ofLevels = (levels: readonly unknown[], path: Path) =>
    levels.flatMap((level, index) =>
      check((level as { receiver?: unknown } | null)?.receiver, [...path, 'levels', index, 'receiver']),
    );
  return [
    ...Object.entries(notify).flatMap(([severity, receiver]) => check(receiver, ['notify', severity])),
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const path = ['rules', name];
      return [...check(rule.receiver, [...path, 'receiver']), ...ofLevels(rule.levels, path)];
    }),
    ...overrides.flatMap((override, index) =>
      Object.entries(override.rules).flatMap(([name, given]) =>
        given === 'off' ? [] : ofLevels(given.levels, ['overrides', index, 'rules', name]),
      ),
    ),
  ];
}
