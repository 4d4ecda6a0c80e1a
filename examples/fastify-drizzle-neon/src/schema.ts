import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export const concerts = pgTable(
  'concerts',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    title: text().notNull(),
    seatsLeft: integer('seats_left').notNull(),
  },
  (table) => [check('seats_left_not_negative', sql`${table.seatsLeft} >= 0`)],
);

export const tickets = pgTable(
  'tickets',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    concertId: integer('concert_id')
      .notNull()
      .references(() => concerts.id),
    holder: text().notNull(),
    bookedAt: timestamp('booked_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('tickets_of_a_concert').on(table.concertId)],
);
