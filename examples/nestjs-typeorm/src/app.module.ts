import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BooksModule } from './books/books.module';
import { databaseOptions } from './data-source';
import { InsightsModule } from './insights/insights.module';

@Module({
  imports: [
    TypeOrmModule.forRoot({ ...databaseOptions, autoLoadEntities: true }),
    BooksModule,
    InsightsModule,
  ],
})
export class AppModule {}
