/** Variants as contestants, which `measure` runs against each other. */
export const named = (variants) => variants.map((variant) => ({ name: variant, variant }));

/** The contestants on each load, to be measured in one run: their names begin with the load. */
export function onLoads(loads, contestants) {
  return loads.flatMap((load) =>
    contestants.map((each) => ({ ...each, load, name: `${load} ${each.name}` })),
  );
}

/** What was measured of them, by load and then by contestant. */
export function byLoad(measured) {
  const results = {};
  for (const [name, result] of Object.entries(measured)) {
    const [load, contestant] = name.split(' ');
    results[load] = { ...results[load], [contestant]: result };
  }
  return results;
}
