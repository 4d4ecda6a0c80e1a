import { eq } from "drizzle-orm";
import { db } from "@/lib/db";
import { notes } from "@/lib/schema";

export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return Response.json(await db.select().from(notes).where(eq(notes.id, Number(id))));
}
