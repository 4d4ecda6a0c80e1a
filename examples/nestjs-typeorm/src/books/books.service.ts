import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Book } from './book.entity';

@Injectable()
export class BooksService {
  constructor(@InjectRepository(Book) private readonly books: Repository<Book>) {}

  findAll() {
    return this.books.find({ order: { id: 'ASC' } });
  }

  findOne(id: number) {
    return this.books.findOneBy({ id });
  }

  /** Saved in a transaction, which TypeORM begins. */
  create(book: Pick<Book, 'title' | 'author'>) {
    return this.books.save(book);
  }

  /** Slow: pg-otel emits an event while it runs. */
  report() {
    return this.books.query('SELECT author, count(*)::int AS books FROM book, pg_sleep(1.5) GROUP BY author');
  }
}
