import { connection } from "next/server";
import { db } from "@/lib/db";

export async function GET() {
  await connection();
  const { rows } = await db.query("SELECT id, body FROM notes ORDER BY id");
  return Response.json(rows);
}
