/** Neon's `max_connections` by compute units (with autoscaling: by the largest size). */
export const NEON_CONNECTIONS = {
  source: 'https://neon.com/docs/connect/connection-pooling',
  date: '2026-01',
  byComputeUnits: {
    0.25: 104,
    0.5: 209,
    1: 419,
    2: 839,
    3: 1258,
    4: 1678,
    5: 2098,
    6: 2517,
    7: 2937,
    8: 3357,
  } as Readonly<Record<string, number>>,
  fromNineUnits: 4000,
  mostUnits: 56,
} as const;

/** Connections that Neon reserves. */
export const NEON_RESERVED = 7;

/** The share of `max_connections` that Neon's pooler opens for one user and database. */
export const NEON_POOLER_SHARE = 0.9;

/** Client connections that Neon's pooler accepts. */
export const NEON_POOLER_CLIENTS = 10_000;

/** @returns undefined when Neon has no such size */
export function neonMaxConnections(computeUnits: number): number | undefined {
  const { byComputeUnits, fromNineUnits, mostUnits } = NEON_CONNECTIONS;
  if (Object.hasOwn(byComputeUnits, computeUnits)) return byComputeUnits[computeUnits];
  const isLarge = Number.isInteger(computeUnits) && computeUnits >= 9 && computeUnits <= mostUnits;
  return isLarge ? fromNineUnits : undefined;
}
