import { Module } from '@nestjs/common';
import { Pool } from 'pg';
import { NotesController } from './notes.controller';
import { NotesService } from './notes.service';

const database = {
  provide: Pool,
  useFactory: () => new Pool({ connectionString: process.env.DATABASE_URL }),
};

@Module({
  controllers: [NotesController],
  providers: [database, NotesService],
})
export class NotesModule {}
