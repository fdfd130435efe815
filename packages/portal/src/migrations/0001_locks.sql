CREATE TABLE "credential" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"key_id" text NOT NULL,
	"kind" text NOT NULL,
	"entrance_id" text,
	"card_id" text,
	"code_sealed" text,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "guest" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"removed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "key_card" (
	"id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"label" text NOT NULL,
	"technology" text NOT NULL,
	"identity" text NOT NULL,
	"state" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lock_desired" (
	"device_id" text PRIMARY KEY NOT NULL,
	"property_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"revision" integer NOT NULL,
	"set" jsonb,
	"standing" jsonb NOT NULL,
	"entries" jsonb NOT NULL,
	"leaving" jsonb NOT NULL,
	"entries_sealed" text,
	"message" text NOT NULL,
	"proven" jsonb,
	"proven_at" bigint,
	"last_report" jsonb,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "revocation" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"property_id" text NOT NULL,
	"cause" jsonb NOT NULL,
	"actor" jsonb NOT NULL,
	"locks" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"ended_at" bigint
);
--> statement-breakpoint
CREATE UNIQUE INDEX "key_card_identity" ON "key_card" USING btree ("property_id","identity");