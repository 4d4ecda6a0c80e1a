import { db } from "@/lib/db";

export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { rows } = await db.query("SELECT id, body FROM notes WHERE id = $1", [id]);
  return Response.json(rows);
}
