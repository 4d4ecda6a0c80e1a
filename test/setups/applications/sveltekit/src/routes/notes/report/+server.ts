import { json } from '@sveltejs/kit';
import { count, sql } from 'drizzle-orm';
import { db } from '$lib/server/db';
import { notes } from '$lib/server/db/schema';

// A slow query: pg-otel emits an event while it runs.
export async function GET() {
	const [row] = await db.select({ notes: count() }).from(notes).where(sql`pg_sleep(0.75) IS NOT NULL`).limit(1);
	return json(row);
}
