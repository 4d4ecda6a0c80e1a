'use server';

import { revalidatePath } from 'next/cache';
import { addGreeting } from '@/lib/greetings';

export async function greet(form: FormData) {
  const name = form.get('name');
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100) return;
  await addGreeting(name.trim());
  revalidatePath('/');
}
