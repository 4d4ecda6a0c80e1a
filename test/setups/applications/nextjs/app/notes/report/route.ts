import { connection } from "next/server";
import { db } from "@/lib/db";

/** A slow query: pg-otel emits an event while it runs. */
export async function GET() {
  await connection();
  const { rows } = await db.query("SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)");
  return Response.json(rows[0]);
}
