import { integer, pgTable, text } from 'drizzle-orm/pg-core';

export const notes = pgTable('notes', {
	id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
	body: text('body').notNull()
});

export const archivedNotes = pgTable('archived_notes', {
	id: integer('id').primaryKey(),
	body: text('body').notNull()
});
