import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity()
export class Book {
  @PrimaryGeneratedColumn('identity')
  id: number;

  @Column('text')
  title: string;

  @Column('text')
  author: string;
}
