import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

@Injectable()
export class NotesService {
  constructor(private readonly pool: Pool) {}

  async findAll() {
    const { rows } = await this.pool.query('SELECT id, body FROM notes ORDER BY id');
    return rows;
  }

  async find(id: string) {
    const { rows } = await this.pool.query('SELECT id, body FROM notes WHERE id = $1', [id]);
    return rows;
  }

  // A slow query: pg-otel emits an event while it runs.
  async report() {
    const { rows } = await this.pool.query('SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)');
    return rows[0];
  }

  // A query that fails: there is no such table.
  async findArchived() {
    const { rows } = await this.pool.query('SELECT id, body FROM archived_notes');
    return rows;
  }
}
