import type { AssignmentRule } from './identity.js';

/** Two rules, by their numbers, where whatever matches the narrower one matches the wider one too. */
export interface RuleConflict {
  readonly narrow: number;
  readonly wide: number;
}

/** Finds rules that could never name a camera, because another one always matches as well. */
export function conflictsOf(rules: readonly AssignmentRule[]): readonly RuleConflict[] {
  return rules.flatMap((rule, narrow) => {
    const wide = rules.findIndex(
      (other, index) =>
        index !== narrow && isWithin(other, rule) && (index < narrow || !isWithin(rule, other)),
    );
    return wide < 0 ? [] : [{ narrow, wide }];
  });
}

/** Whether a rule asks for nothing that the other does not ask for too. */
function isWithin(rule: AssignmentRule, other: AssignmentRule): boolean {
  return (
    (rule.usb === undefined || rule.usb.toLowerCase() === other.usb?.toLowerCase()) &&
    (rule.serial === undefined || rule.serial === other.serial) &&
    (rule.port === undefined || rule.port === other.port) &&
    (rule.interface === undefined || rule.interface === other.interface)
  );
}
