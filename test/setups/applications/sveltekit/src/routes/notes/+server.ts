import { json } from '@sveltejs/kit';
import { db } from '$lib/server/db';
import { notes } from '$lib/server/db/schema';

export async function GET() {
	return json(await db.select().from(notes).orderBy(notes.id));
}
