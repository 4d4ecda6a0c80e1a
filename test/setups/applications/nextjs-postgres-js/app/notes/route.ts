import { connection } from "next/server";
import { db } from "@/lib/db";
import { notes } from "@/lib/schema";

export async function GET() {
  await connection();
  return Response.json(await db.select().from(notes).orderBy(notes.id));
}
