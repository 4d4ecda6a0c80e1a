import { connection } from "next/server";
import { db } from "@/lib/db";

/** A query that fails: there is no such table. */
export async function GET() {
  await connection();
  try {
    const { rows } = await db.query("SELECT id, body FROM archived_notes");
    return Response.json(rows);
  } catch (error) {
    return Response.json({ code: (error as { code?: string }).code }, { status: 500 });
  }
}
