import { db } from '$lib/server/db';

process.on('sveltekit:shutdown', () => db.$client.end());
