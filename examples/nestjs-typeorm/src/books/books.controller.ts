import {
  BadRequestException,
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common';
import { BooksService } from './books.service';

@Controller('books')
export class BooksController {
  constructor(private readonly books: BooksService) {}

  @Get()
  findAll() {
    return this.books.findAll();
  }

  @Get('report')
  report() {
    return this.books.report();
  }

  @Get(':id')
  async findOne(@Param('id', ParseIntPipe) id: number) {
    const book = await this.books.findOne(id);
    if (book === null) throw new NotFoundException();
    return book;
  }

  @Post()
  create(@Body() { title, author }: { title?: unknown; author?: unknown }) {
    if (typeof title !== 'string' || typeof author !== 'string')
      throw new BadRequestException('title and author must be texts');
    return this.books.create({ title, author });
  }
}
