import { boardOf, boardPath } from '../rules/boards';
import type { Level, LevelBase, Match, Rule, Thresholds, Variant, Watch } from '../rules/rule';
import { checkRules } from './check';
import { type Problem, problemsOf } from './problem';
import { overridingLevels, type ThresholdsFile, type WrittenLevel, type WrittenRule } from './schema';

type Path = readonly PropertyKey[];

/** A level of a rule, and where it was written. */
interface PlacedLevel {
  readonly path: Path;
  readonly level: Level;
}
interface PlacedVariant {
  readonly path: Path;
  readonly match: Match;
  readonly levels: readonly PlacedLevel[];
}
/** A rule with its variants' places. */
export interface PlacedRule {
  readonly path: Path;
  readonly rule: Rule;
  readonly variants: readonly PlacedVariant[];
}

/** Fills in what is left to default, and gives each rule its variants. */
export function resolve(file: ThresholdsFile): { thresholds: Thresholds } | { problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const rules = Object.entries(file.rules).map(([name, written]) =>
    placed(name, written, file, (problem) => problems.push(problem)),
  );
  for (const [index, override] of (file.overrides ?? []).entries()) {
    for (const name of Object.keys(override.rules)) {
      if (!Object.hasOwn(file.rules, name)) {
        problems.push({
          path: ['overrides', index, 'rules', name],
          message: `is not a rule of this file; there are ${Object.keys(file.rules).join(', ')}`,
        });
      }
    }
  }
  problems.push(...checkReceivers(file), ...checkRules(rules));
  if (problems.length > 0) return { problems };
  return {
    thresholds: {
      rules: rules.map(({ rule }) => rule),
      receivers: file.receivers,
      notify: file.notify,
    },
  };
}

function placed(
  name: string,
  written: WrittenRule,
  file: ThresholdsFile,
  report: (problem: Problem) => void,
): PlacedRule {
  const { runbooks, dashboards } = file;
  const ruleNamed = { name, written, runbooks, dashboards };
  const path = ['rules', name];
  const overrides = (file.overrides ?? []).flatMap(({ match, rules }, index) => {
    const given = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (given === undefined) return [];
    const place = ['overrides', index, 'rules', name];
    if (given === 'off') return [{ path: place, match, levels: [] }];
    const parsed = overridingLevels(written.watch).safeParse(given.levels);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        for (const { path: within, message } of problemsOf(issue)) {
          report({ path: [...place, 'levels', ...within], message });
        }
      }
      return [];
    }
    return [{ path: place, match, levels: placedLevels(ruleNamed, parsed.data, [...place, 'levels']) }];
  });
  const variants: PlacedVariant[] = [
    ...overrides,
    {
      path,
      match: {},
      levels: placedLevels(ruleNamed, written.levels as readonly WrittenLevel[], [...path, 'levels']),
    },
  ];
  const { levels: _, labels: _labels, runbook: _runbook, receiver: _receiver, ...subject } = written;
  return {
    path,
    rule: {
      name,
      ...subject,
      variants: variants.map(
        ({ match, levels }): Variant<LevelBase> => ({ match, levels: levels.map(({ level }) => level) }),
      ),
    } as Rule,
    variants,
  };
}

interface NamedRule {
  readonly name: string;
  readonly written: WrittenRule;
  readonly runbooks: string | undefined;
  readonly dashboards: string | undefined;
}

function placedLevels(rule: NamedRule, written: readonly WrittenLevel[], path: Path): PlacedLevel[] {
  return written.map((level, index) => ({ path: [...path, index], level: resolvedLevel(rule, level) }));
}

function resolvedLevel({ name, written: rule, runbooks, dashboards }: NamedRule, level: WrittenLevel): Level {
  const { severity, labels, runbook, receiver } = level;
  const lasting = level as { for?: number; keepFiring?: number };
  const section = runbooks === undefined ? undefined : `${runbooks}#${name.toLowerCase()}`;
  return {
    severity,
    forSeconds: lasting.for ?? 0,
    keepFiringSeconds: lasting.keepFiring ?? 0,
    labels: { ...rule.labels, ...labels },
    runbookUrl: runbook ?? rule.runbook ?? section,
    dashboardUrl:
      dashboards === undefined ? undefined : `${dashboards.replace(/\/$/, '')}${boardPath(boardOf(rule))}`,
    receiver: receiver ?? rule.receiver,
    ...limitsOf(rule.watch, level),
  } as Level;
}

/** What only levels of this kind have. */
function limitsOf(watch: Watch, level: WrittenLevel): object {
  const { over, within, share, window, atLeast, failures, backstop } = level as Partial<
    Record<string, unknown>
  >;
  switch (watch) {
    case 'slow-operation':
      return { overSeconds: over, hasBackstop: backstop };
    case 'held-connection':
      return { overSeconds: over };
    case 'failed-operation':
      return { failures, atLeast };
    case 'share-within':
      return { withinSeconds: within, share, windowSeconds: window, atLeast };
    case 'pool-unhealthy':
    case 'missing-telemetry':
      return {};
    default:
      return { over };
  }
}

function checkReceivers({ receivers, notify, rules, overrides }: ThresholdsFile): Problem[] {
  const accepted = `must be one of the receivers ${Object.keys(receivers).join(', ')}`;
  const named = (given: unknown, path: Path): Problem[] => {
    const { receiver } = given as { receiver?: string };
    return receiver === undefined || Object.hasOwn(receivers, receiver)
      ? []
      : [{ path: [...path, 'receiver'], message: accepted }];
  };
  const ofLevels = (levels: readonly unknown[], path: Path) =>
    levels.flatMap((level, index) => named(level, [...path, 'levels', index]));
  return [
    ...Object.entries(notify)
      .filter(([, receiver]) => !Object.hasOwn(receivers, receiver))
      .map(([severity]) => ({ path: ['notify', severity], message: accepted })),
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const path = ['rules', name];
      return [...named(rule, path), ...ofLevels(rule.levels, path)];
    }),
    ...(overrides ?? []).flatMap((override, index) =>
      Object.entries(override.rules).flatMap(([name, given]) =>
        given === 'off' ? [] : ofLevels(given.levels, ['overrides', index, 'rules', name]),
      ),
    ),
  ];
}
