import { integer, pgTable, text } from "drizzle-orm/pg-core";

export const notes = pgTable("notes", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  body: text().notNull(),
});

// There is no such table in the database.
export const archivedNotes = pgTable("archived_notes", {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  body: text().notNull(),
});
