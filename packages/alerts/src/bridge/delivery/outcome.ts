/** What became of an alert at a destination, from the best to the worst. */
export type Outcome =
  | { readonly type: 'accepted' }
  /** For good: it will be refused whenever it comes. */
  | { readonly type: 'refused'; readonly reason: string }
  /** May go well the next time. */
  | { readonly type: 'undelivered'; readonly reason: string };

export const ACCEPTED: Outcome = { type: 'accepted' };

const order = { accepted: 0, refused: 1, undelivered: 2 } as const;

/** Where one suffices: several Alertmanagers share what they hear. */
export function best(one: Outcome, other: Outcome): Outcome {
  return order[other.type] < order[one.type] ? other : one;
}

/** Where all have to: Alertmanager and the webhook. */
export function worst(one: Outcome, other: Outcome): Outcome {
  return order[other.type] > order[one.type] ? other : one;
}
