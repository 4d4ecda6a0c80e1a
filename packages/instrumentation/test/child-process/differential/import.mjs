// Before a program of Neon: it uses the ESM build.
import * as neon from '@neondatabase/serverless';

globalThis.importedNeon = neon;
