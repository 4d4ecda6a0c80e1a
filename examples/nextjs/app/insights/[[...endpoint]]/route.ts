import { insights } from '@/lib/insights';

export async function GET(request: Request) {
  const response = await insights(request);
  if (response.status !== 403) return response;
  // The browser asks for the password.
  return new Response(null, { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="operators"' } });
}
