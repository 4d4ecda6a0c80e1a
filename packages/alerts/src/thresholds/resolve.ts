import type { Level, Match, Rule, Thresholds } from '../rules/rule';
import { dashboardOf, dashboardPath } from '../rules/watch';
import { checkRules } from './check';
import type { WrittenLevel } from './level';
import { type Path, type Problem, problemsOf } from './problem';
import { levelsSchema, type ThresholdsFile, type WrittenRule } from './schema';

/** Fills in defaults and gives each rule its variants. */
export function resolve(file: ThresholdsFile): Thresholds | readonly Problem[] {
  const { receivers, notify, overrides = [] } = file;
  const problems: Problem[] = [];
  const paths = new Map<object, Path>();

  function checkReceiver(receiver: string | undefined, path: Path): void {
    if (receiver === undefined || Object.hasOwn(receivers, receiver)) return;
    problems.push({ path, message: `must be one of the receivers ${Object.keys(receivers).join(', ')}` });
  }
  for (const [severity, receiver] of Object.entries(notify)) checkReceiver(receiver, ['notify', severity]);

  const overriding = overrides.flatMap(({ match, rules }, index) =>
    Object.entries(rules).map(([name, { levels }]) => {
      return { name, path: ['overrides', index, 'rules', name], match, levels };
    }),
  );
  const names = Object.keys(file.rules).join(', ');
  for (const { name, path } of overriding) {
    if (Object.hasOwn(file.rules, name)) continue;
    problems.push({ path, message: `is not a rule of this file; the rules are ${names}` });
  }

  const rules = Object.entries(file.rules).map(([name, written]) => {
    const variantOf = (match: Match, path: Path, levels: readonly WrittenLevel[]) => {
      const variant = { match, levels: levels.map((level) => resolvedLevel(name, written, level, file)) };
      paths.set(variant, path);
      for (const [index, level] of variant.levels.entries()) {
        paths.set(level, [...path, 'levels', index]);
        checkReceiver(levels[index]?.receiver, [...path, 'levels', index, 'receiver']);
      }
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
    const { levels, labels: _labels, runbook: _runbook, receiver, ...subject } = written;
    const path = ['rules', name];
    checkReceiver(receiver, [...path, 'receiver']);
    // The schema of the rule's `watch` has checked its levels.
    const rule = { name, ...subject, variants: [...variants, variantOf({}, path, levels)] } as Rule;
    paths.set(rule, path);
    return rule;
  });

  for (const { part, setting, message } of checkRules(rules)) {
    problems.push({
      path: [...(paths.get(part) ?? []), ...(setting === undefined ? [] : [setting])],
      message,
    });
  }
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
