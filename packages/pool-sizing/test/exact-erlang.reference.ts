// Erlang B and C by another way than ours, in integers: 1/B = Σ_j c!/(c−j)! · (q/p)^j for a load of p/q, summed
// term by term in fixed point.
const FRACTION_BITS = 300n;
const ONE = 1n << FRACTION_BITS;

function inverseOfB(servers: number, numerator: number, denominator: number): bigint {
  let term = ONE;
  let sum = ONE;
  for (let j = 0; j < servers; j++) {
    term = (term * BigInt(servers - j) * BigInt(denominator)) / BigInt(numerator);
    sum += term;
  }
  return sum;
}

/** Of two integers of any length, to the last digit of a double. */
function quotient(dividend: bigint, divisor: bigint): number {
  let shift = 0;
  while (dividend << BigInt(shift) < divisor << 80n) shift += 64;
  return Number((dividend << BigInt(shift)) / divisor) * 2 ** -shift;
}

export function exactErlangB(servers: number, numerator: number, denominator: number): number {
  return quotient(ONE, inverseOfB(servers, numerator, denominator));
}

export function exactErlangC(servers: number, numerator: number, denominator: number): number {
  const inverse = inverseOfB(servers, numerator, denominator);
  // C = cB / (c − a(1 − B)), all of it times q/B.
  const c = BigInt(servers * denominator);
  const a = BigInt(numerator);
  return quotient(c * ONE, c * inverse - a * (inverse - ONE));
}
