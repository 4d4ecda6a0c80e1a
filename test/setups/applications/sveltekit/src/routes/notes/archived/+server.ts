import { json } from '@sveltejs/kit';
import { db } from '$lib/server/db';
import { archivedNotes } from '$lib/server/db/schema';

// A query that fails.
export async function GET() {
	try {
		return json(await db.select().from(archivedNotes));
	} catch (error) {
		const { code } = (error as Error).cause as { code: string };
		return json({ code }, { status: 500 });
	}
}
