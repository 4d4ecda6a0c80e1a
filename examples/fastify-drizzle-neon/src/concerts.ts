import { asc, desc, eq, sql } from 'drizzle-orm';
import { db, http } from './database.js';
import { concerts, tickets } from './schema.js';

export class SoldOut extends Error {}

export function listConcerts() {
  return http.select().from(concerts).orderBy(asc(concerts.id)).limit(50);
}

/** A concert and its latest tickets: two statements in one HTTP request. */
export async function readConcert(id: number) {
  const [[concert], latest] = await http.batch([
    http.select().from(concerts).where(eq(concerts.id, id)),
    http.select().from(tickets).where(eq(tickets.concertId, id)).orderBy(desc(tickets.id)).limit(10),
  ]);
  return concert && { ...concert, latest };
}

/** Takes a seat and stores the ticket: both, or nothing. */
export function book(concertId: number, holder: string) {
  return db.transaction(async (tx) => {
    const [concert] = await tx
      .update(concerts)
      .set({ seatsLeft: sql`${concerts.seatsLeft} - 1` })
      .where(sql`${concerts.id} = ${concertId} and ${concerts.seatsLeft} > 0`)
      .returning();
    if (concert === undefined) throw new SoldOut(`There is no seat left in concert ${concertId}.`);
    const [ticket] = await tx.insert(tickets).values({ concertId, holder }).returning();
    return ticket;
  });
}
