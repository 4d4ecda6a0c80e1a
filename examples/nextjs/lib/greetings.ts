import { db } from './db';

interface Greeting {
  readonly id: number;
  readonly name: string;
}

export async function latestGreetings(): Promise<Greeting[]> {
  const { rows } = await db.query<Greeting>('SELECT id, name FROM greetings ORDER BY id DESC LIMIT 20');
  return rows;
}

export async function addGreeting(name: string): Promise<void> {
  await db.query('INSERT INTO greetings (name) VALUES ($1)', [name]);
}
