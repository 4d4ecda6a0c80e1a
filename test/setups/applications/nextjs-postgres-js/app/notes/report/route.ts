import { count, sql } from "drizzle-orm";
import { connection } from "next/server";
import { db } from "@/lib/db";
import { notes } from "@/lib/schema";

/** A slow query: pg-otel emits an event while it runs. */
export async function GET() {
  await connection();
  const [row] = await db.select({ notes: count() }).from(notes).where(sql`pg_sleep(0.75) IS NOT NULL`).limit(1);
  return Response.json(row);
}
