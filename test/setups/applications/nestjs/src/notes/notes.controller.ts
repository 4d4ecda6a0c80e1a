import { Controller, Get, InternalServerErrorException, Param } from '@nestjs/common';
import { NotesService } from './notes.service';

@Controller('notes')
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @Get()
  findAll() {
    return this.notes.findAll();
  }

  @Get('report')
  report() {
    return this.notes.report();
  }

  @Get('archived')
  async findArchived() {
    try {
      return await this.notes.findArchived();
    } catch (error) {
      throw new InternalServerErrorException({ code: error.code });
    }
  }

  @Get(':id')
  find(@Param('id') id: string) {
    return this.notes.find(id);
  }
}
