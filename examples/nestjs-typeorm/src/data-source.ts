import { DataSource, type DataSourceOptions } from 'typeorm';
import { CreateBooks1764400000000 } from './migrations/1764400000000-create-books';

export const databaseOptions = {
  type: 'postgres',
  url: process.env.DATABASE_URL,
  migrations: [CreateBooks1764400000000],
} satisfies DataSourceOptions;

/** For `npm run migrate`. */
export default new DataSource(databaseOptions);
