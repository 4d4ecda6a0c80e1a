export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { start } = await import('pg-otel');
    start();
    // The insights know what happens from here on. Without it, they would begin with the first look at the page.
    await import('./lib/insights');
    const { shownPassword } = await import('./lib/operator');
    console.log(`Insights: /insights (user operator, password ${shownPassword()})`);
  }
}
