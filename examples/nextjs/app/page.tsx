import { connection } from 'next/server';
import { latestGreetings } from '@/lib/greetings';
import { greet } from './actions';

export default async function GuestBook() {
  // Rendered for each request, not at the build.
  await connection();
  const greetings = await latestGreetings();
  return (
    <main>
      <h1>Guest book</h1>
      <form action={greet}>
        <label>
          Your name <input name="name" required maxLength={100} />
        </label>
        <button type="submit">Sign</button>
      </form>
      <ul>
        {greetings.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
    </main>
  );
}
