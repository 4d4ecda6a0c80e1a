import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";

const globals = globalThis as { client?: postgres.Sql };

// In development with webpack, each route evaluates this file, and would have its own instance.
globals.client ??= postgres(process.env.DATABASE_URL!);

export const db = drizzle({ client: globals.client });
