import { NextResponse } from "next/server";

// Middleware is compiled for the edge runtime, and with it instrumentation.ts.
export function middleware() {
  return NextResponse.json({ runtime: process.env.NEXT_RUNTIME });
}

export const config = { matcher: "/edge" };
