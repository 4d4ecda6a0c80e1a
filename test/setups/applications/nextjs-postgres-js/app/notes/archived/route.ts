import { connection } from "next/server";
import { db } from "@/lib/db";
import { archivedNotes } from "@/lib/schema";

/** A query that fails: there is no such table. */
export async function GET() {
  await connection();
  try {
    return Response.json(await db.select().from(archivedNotes));
  } catch (error) {
    const { code } = (error as Error).cause as { code: string };
    return Response.json({ code }, { status: 500 });
  }
}
