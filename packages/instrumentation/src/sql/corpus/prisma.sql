-- As Prisma writes it.
SELECT 1;
SELECT "public"."User"."id", "public"."User"."email", "public"."User"."name" FROM "public"."User" WHERE 1=1 OFFSET $1;
SELECT "public"."User"."id", "public"."User"."email" FROM "public"."User" WHERE ("public"."User"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3;
SELECT "public"."Post"."id", "public"."Post"."title", "public"."Post"."authorId" FROM "public"."Post" WHERE "public"."Post"."authorId" IN ($1,$2,$3,$4) OFFSET $5;
SELECT COUNT(*) FROM (SELECT "public"."User"."id" FROM "public"."User" WHERE 1=1 OFFSET $1) AS "sub";
SELECT COUNT(*), SUM("public"."Order"."total"), AVG("public"."Order"."total") FROM (SELECT "public"."Order"."id", "public"."Order"."total" FROM "public"."Order" WHERE "public"."Order"."status" = CAST($1::text AS "public"."Status") OFFSET $2) AS "sub";
SELECT "public"."Order"."status"::text, COUNT(*) FROM "public"."Order" WHERE 1=1 GROUP BY "public"."Order"."status" HAVING COUNT(*) > $1 ORDER BY COUNT(*) DESC OFFSET $2;
SELECT "t0"."id", "t0"."email", "User_posts"."__prisma_data__" AS "posts" FROM "public"."User" AS "t0" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT "t3"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id", 'title', "t2"."title") AS "__prisma_data__" FROM (SELECT "t1".* FROM "public"."Post" AS "t1" WHERE "t0"."id" = "t1"."authorId" /* root select */) AS "t2" /* inner select */) AS "t3" /* middle select */) AS "t4" /* outer select */) AS "User_posts" ON TRUE WHERE "t0"."id" = $1 LIMIT $2;
SELECT "public"."User"."id" FROM "public"."User" LEFT JOIN "public"."Profile" AS "j0" ON ("j0"."userId") = ("public"."User"."id") WHERE ("j0"."bio" ILIKE $1 AND ("j0"."id" IS NOT NULL)) OFFSET $2;
SELECT "public"."User"."id" FROM "public"."User" WHERE ("public"."User"."id") IN (SELECT "t0"."authorId" FROM "public"."Post" AS "t0" WHERE ("t0"."published" = $1 AND "t0"."authorId" IS NOT NULL)) OFFSET $2;
SELECT "public"."User"."id" FROM "public"."User" WHERE ("public"."User"."id") NOT IN (SELECT "t0"."authorId" FROM "public"."Post" AS "t0" WHERE ("t0"."views" < $1 AND "t0"."authorId" IS NOT NULL)) OFFSET $2;
SELECT "public"."User"."id", COALESCE("aggr_selection_0_Post"."_aggr_count_posts", 0) AS "_aggr_count_posts" FROM "public"."User" LEFT JOIN (SELECT "public"."Post"."authorId", COUNT(*) AS "_aggr_count_posts" FROM "public"."Post" WHERE 1=1 GROUP BY "public"."Post"."authorId") AS "aggr_selection_0_Post" ON ("public"."User"."id" = "aggr_selection_0_Post"."authorId") WHERE 1=1 OFFSET $1;
INSERT INTO "public"."User" ("email","name","createdAt") VALUES ($1,$2,$3) RETURNING "public"."User"."id", "public"."User"."email", "public"."User"."name";
INSERT INTO "public"."User" ("email","name") VALUES ($1,$2), ($3,$4) ON CONFLICT DO NOTHING;
INSERT INTO "public"."User" ("id","email") VALUES ($1,$2) ON CONFLICT ("email") DO UPDATE SET "name" = $3 WHERE ("public"."User"."email" = $4 AND 1=1) RETURNING "public"."User"."id";
INSERT INTO "public"."_PostToTag" ("A","B") VALUES ($1,$2), ($1,$3) ON CONFLICT DO NOTHING;
UPDATE "public"."User" SET "name" = $1 WHERE ("public"."User"."id" = $2 AND 1=1) RETURNING "public"."User"."id", "public"."User"."name";
UPDATE "public"."Post" SET "views" = ("public"."Post"."views" + $1) WHERE ("public"."Post"."id" IN ($2) AND 1=1);
DELETE FROM "public"."Post" WHERE ("public"."Post"."id" IN ($1,$2) AND 1=1);
DELETE FROM "public"."User" WHERE ("public"."User"."id" = $1 AND 1=1) RETURNING "public"."User"."id";
BEGIN;
COMMIT;
ROLLBACK;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
DEALLOCATE ALL;
SELECT pg_advisory_lock(72707369);
SELECT version(), current_setting('server_version_num')::integer as numeric_version;
SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = 'public'), version(), current_setting('server_version_num')::integer as numeric_version;
SELECT "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count" FROM "_prisma_migrations" ORDER BY "started_at" ASC;
INSERT INTO "_prisma_migrations" ("id", "checksum", "started_at", "migration_name") VALUES ($1, $2, $3, $4);
CREATE TABLE "_prisma_migrations" (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);
-- CreateEnum
CREATE TYPE "Status" AS ENUM ('OPEN', 'PAID', 'SHIPPED');
-- CreateTable
CREATE TABLE "Order" ("id" TEXT NOT NULL, "total" DECIMAL(65,30) NOT NULL, "status" "Status" NOT NULL DEFAULT 'OPEN', "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "Order_pkey" PRIMARY KEY ("id"));
-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
-- AlterTable
ALTER TABLE "User" ADD COLUMN "age" INTEGER, DROP COLUMN "nick", ALTER COLUMN "name" SET NOT NULL;
-- DropIndex
DROP INDEX "User_name_idx";
