// Before a program of the driver `postgres`: it uses the ESM build.
import postgres from 'postgres';

globalThis.importedPostgres = postgres;
