// Runs until SIGTERM, and ends with exit code 3.
process.once('SIGTERM', () => {
  console.log('SIGTERM');
  clearInterval(waiting);
  process.exitCode = 3;
});
const waiting = setInterval(() => {}, 60_000);
console.log('ready');
